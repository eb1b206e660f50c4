"""What is tried on one table: every operation, as every one who might do it."""
# ruff: noqa: S608 - every name is quoted

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from kaven_schema.database.row_level_security.names import (
    APP,
    AUTHENTICATION,
    LOGIN,
    SETTING,
    SUPER_ADMIN,
    quoted,
)
from kaven_schema.database.row_level_security.samples import Row, Samples, Shape, insert_statement

if TYPE_CHECKING:
    from psycopg import Connection, Error

OWN, OTHER, NONE, REUSED = "own", "other", "none", "after pooled reuse"
OPERATIONS = ("select", "insert", "update", "delete")
_REFUSED = "42501"  # insufficient_privilege: what a policy's WITH CHECK says
_FOREIGN = "23503"  # foreign_key_violation: what a reference to another's row says
_KEPT = "23001"  # restrict_violation: a table that is only added to, once the policies let it through
_PRIVILEGES = """\
SELECT has_table_privilege(who, what, 'SELECT') AND has_table_privilege(who, what, 'INSERT'),
    has_table_privilege(who, what, 'UPDATE, DELETE') FROM (SELECT %s::name AS who, %s AS what)"""
_TAKEN = "23505"  # unique_violation: the policies let it through


@dataclass(frozen=True, slots=True)
class Attempt:
    """`case` is whose row it is to who asks; `works` is what happened, `should` what has to."""

    table: str
    operation: str
    case: str
    works: bool
    should: bool

    @property
    def holds(self) -> bool:
        return self.works is self.should


@dataclass(frozen=True, slots=True)
class Scene:
    """A transaction in which the samples are."""

    connection: Connection
    samples: Samples

    def try_table(self, shape: Shape, cases: Sequence[str]) -> Iterator[Attempt]:
        """Each operation on the first tenant's row."""
        kept = () if self._may_change(shape) else ("update", "delete")
        for case in cases:
            for operation in OPERATIONS:
                works = self._does(shape, operation, case)
                should = case == OWN and operation not in kept
                yield Attempt(shape.table.name, operation, case, works, should)

    def try_rest(self, shape: Shape) -> Iterator[Attempt]:
        """Rows that are given away, references to another's, and those who see all tenants."""
        if any(
            shape.columns[name].is_needed or shape.table.tenant_column == name for name in self._moved(shape)
        ):
            yield Attempt(shape.table.name, "give away", OWN, self._gives_away(shape), should=False)
        for number, reference in enumerate(shape.table.references):
            by, changed = ", ".join(reference.columns), self._leading_away(shape, number)
            if not self.is_only_added_to(shape):
                works = self._refers(shape, changed)
                yield Attempt(shape.table.name, f"refer by {by}", OTHER, works, should=False)
            works = self._is_made_referring(shape, changed)
            yield Attempt(shape.table.name, f"insert referring by {by}", OTHER, works, should=False)
        for who in (SUPER_ADMIN, ""):
            sees = self._as(who, None, lambda: self._selects(shape))
            yield Attempt(shape.table.name, "select", who or "owner", sees, should=True)
            changes = self._as(who, None, lambda: self._changes(shape, self._update(shape)))
            yield Attempt(shape.table.name, "update", who or "owner", changes, should=True)

    def try_authentication(self, shape: Shape, privileges: Sequence[str]) -> Iterator[Attempt]:
        """What its role is given works without a tenant; what it is not given, not even where it names one."""
        row, own = self.samples.row(shape, 0), self.samples.tenants[0]
        for operation in OPERATIONS:
            should = operation.upper() in privileges
            works = self._as(
                AUTHENTICATION, None if should else own, partial(self._done, shape, operation, row)
            )
            yield Attempt(shape.table.name, operation, AUTHENTICATION, works, should)

    def try_global_role(self, shape: Shape, column: str) -> Iterator[Attempt]:
        """Nobody makes a super admin but those who are above all tenants."""
        value, own = shape.columns[column].made(), self.samples.tenants[0]
        where, key = self._at(shape, self._first(shape))
        update = f"UPDATE {shape.table.sql} SET {quoted(column)} = %s WHERE {where}", [value, *key]
        insert = insert_statement(shape, self.samples.row(shape, 0) | {column: value})
        for what, (sql, values) in (("appoint", update), ("insert appointed", insert)):
            for role in (APP, AUTHENTICATION, SUPER_ADMIN):
                works = self._as(role, own, partial(self._passes, sql, values, ()))
                yield Attempt(shape.table.name, what, role, works, should=role == SUPER_ADMIN)

    # --- operations -------------------------------------------------------------------------------------------------

    def is_only_added_to(self, shape: Shape) -> bool:
        """As the audit log is: by privilege, or by a trigger, which comes before those of references."""
        if not self._may_change(shape):
            return True
        where, key = self._at(shape, self._first(shape))
        return not self._as("", None, partial(self._passes, f"{self._update(shape)} WHERE {where}", key, ()))

    def _may_change(self, shape: Shape) -> bool:
        """Whether the application is granted more than to read and to add."""
        found = self.connection.execute(_PRIVILEGES, [APP, shape.table.sql]).fetchone()
        return found != (True, False)

    def _does(self, shape: Shape, operation: str, case: str) -> bool:
        row = self.samples.row(shape, 0)
        tenant = self._setting(shape, operation, case, row)
        return self._as(APP, tenant, partial(self._done, shape, operation, row))

    def _done(self, shape: Shape, operation: str, row: Row) -> bool:
        if operation == "select":
            return self._selects(shape)
        if operation == "insert":
            return self._inserts(shape, row)
        update = self._update(shape)
        return self._changes(shape, update if operation == "update" else f"DELETE FROM {shape.table.sql}")

    def _setting(self, shape: Shape, operation: str, case: str, row: Row) -> Any:
        if case in (NONE, REUSED):
            return None
        if case == OWN and operation == "insert" and shape.table.name == self.samples.tenant:
            return row[shape.table.tenant_column]  # a tenant's own row is named by itself
        return self.samples.tenants[0 if case == OWN else 1]

    def _as(self, role: str, tenant: Any, work: Callable[[], bool]) -> bool:
        """The owner where no role is given; no setting is made where no tenant is."""
        with self._undone():
            if role:
                self.connection.execute(f"SET LOCAL ROLE {quoted(role)}".encode())
            if tenant is not None:
                self.connection.execute("SELECT set_config(%s, %s, true)", [SETTING, str(tenant)])
            return work()

    @contextmanager
    def _undone(self) -> Iterator[None]:
        self.connection.execute("SAVEPOINT kaven_attempt")
        try:
            yield
        finally:
            self.connection.execute("ROLLBACK TO SAVEPOINT kaven_attempt")

    def _at(self, shape: Shape, row: Row) -> tuple[str, list[Any]]:
        where = " AND ".join(f"{quoted(name)} = %s" for name in shape.key)
        return where, [row[name] for name in shape.key]

    def _first(self, shape: Shape) -> Row:
        return self.samples.rows[shape.table.name][0]

    def _selects(self, shape: Shape) -> bool:
        where, values = self._at(shape, self._first(shape))
        return self._finds(f"SELECT 1 FROM {shape.table.sql} WHERE {where}", values)

    def _finds(self, sql: str, values: Sequence[Any]) -> bool:
        import psycopg

        try:
            return self.connection.execute(sql.encode(), values).fetchone() is not None
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFunction):
            return False

    def _inserts(self, shape: Shape, row: Row) -> bool:
        return self._passes(*insert_statement(shape, row), done_but=(_TAKEN,))

    def _update(self, shape: Shape) -> str:
        """No change, which policies judge as any other."""
        name = quoted(shape.key[0])
        return f"UPDATE {shape.table.sql} SET {name} = {name}"

    def _changes(self, shape: Shape, sql: str) -> bool:
        where, values = self._at(shape, self._first(shape))
        return self._passes(f"{sql} WHERE {where}", values, done_but=(_TAKEN, _FOREIGN, _KEPT))

    def _passes(self, sql: str, values: Sequence[Any], done_but: Sequence[str]) -> bool:
        """Whether a row was written, or only something other than row-level security was in the way."""
        import psycopg

        try:
            return self.connection.execute(sql.encode(), values).rowcount > 0
        except psycopg.Error as error:
            state = _KEPT if error.sqlstate == _REFUSED and _is_raised(error) else error.sqlstate
            if state in done_but:
                return True
            if state in (_REFUSED, _FOREIGN, _KEPT):
                return False
            raise

    # --- rows that leave, and rows that lead away -------------------------------------------------------------------

    def _moved(self, shape: Shape) -> Mapping[str, Any]:
        """The columns that say whose row it is, as the other tenant's row has them."""
        if shape.table.name == self.samples.tenant:
            return {}
        names = [shape.table.tenant_column] if shape.table.tenant_column else _path_columns(shape)
        other = self.samples.rows[shape.table.name][1]
        return {name: other[name] for name in names}

    def _gives_away(self, shape: Shape) -> bool:
        moved = self._moved(shape)
        given = ", ".join(f"{quoted(name)} = %s" for name in moved)
        where, key = self._at(shape, self._first(shape))
        sql = f"UPDATE {shape.table.sql} SET {given} WHERE {where}"
        tenant = self.samples.tenants[0]
        return self._as(APP, tenant, lambda: self._passes(sql, [*moved.values(), *key], (_TAKEN,)))

    def _leading_away(self, shape: Shape, number: int) -> Row:
        """A foreign key, as it leads to the other tenant's row."""
        reference = shape.table.references[number]
        target = self.samples.rows[reference.target_name][1]
        return dict(zip(reference.columns, (target[name] for name in reference.target_columns), strict=True))

    def _refers(self, shape: Shape, changed: Row) -> bool:
        given = ", ".join(f"{quoted(name)} = %s" for name in changed)
        where, key = self._at(shape, self._first(shape))
        sql = f"UPDATE {shape.table.sql} SET {given} WHERE {where}"
        values = [*changed.values(), *key]
        return self._as(APP, self.samples.tenants[0], lambda: self._passes(sql, values, ()))

    def _is_made_referring(self, shape: Shape, changed: Row) -> bool:
        sql, values = insert_statement(shape, self.samples.row(shape, 0) | changed)
        return self._as(APP, self.samples.tenants[0], lambda: self._passes(sql, values, (_TAKEN,)))

    # --- the door of login ------------------------------------------------------------------------------------------

    def opens_door(self, door: str, value: Any) -> bool:
        """Whether the application, without a tenant, finds through it what it asks for."""
        sql = f"SELECT 1 FROM {quoted(door)}(%s)"
        return self._as(APP, None, lambda: self._finds(sql, [value]))

    def is_shut(self, shape: Shape) -> bool:
        """Whether whoever owns the door can write nothing."""
        import psycopg

        where, key = self._at(shape, self._first(shape))
        sql = f"DELETE FROM {shape.table.sql} WHERE {where}"

        def work() -> bool:
            try:
                return self.connection.execute(sql.encode(), key).rowcount == 0
            except psycopg.errors.InsufficientPrivilege:
                return True

        return self._as(LOGIN, None, work)


def _is_raised(error: Error) -> bool:
    """By a trigger, to which the policies have let it come."""
    return error.diag.source_function == "exec_stmt_raise"


def _path_columns(shape: Shape) -> list[str]:
    """The foreign keys that are not only references: by one of them the row has its tenant."""
    referring = {name for one in shape.table.references for name in one.columns}
    return [name for one in shape.needed() for name in one.columns if name not in referring]
