"""The rows of a plan's table: by which key they are walked through, and which of them are not filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kaven_schema.database.expand.plan import RENAME, REQUIRE, Plan
from kaven_schema.database.expand.recorded import way_on
from kaven_schema.database.expand.scripts import CAUGHT, dollar_quote, table_of, value_of_row
from kaven_schema.database.partial_indexes.declared import identifier
from kaven_schema.database.row_level_security.sight import find_hidden
from kaven_schema.diagnostics import ExitCode, KavenError

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import SQL, Composable, Composed

SHOWN_KEYS = 5
_FUNCTION = "pg_temp.kaven_fill"
# The primary key, else a unique index that every row stands in.
_KEY = """\
SELECT array_agg(a.attname::text ORDER BY k.place), array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY k.place)
FROM (SELECT indexrelid, indkey::int2[] AS columns FROM pg_index WHERE indrelid = %s AND indisunique AND indisvalid
    AND indpred IS NULL AND indexprs IS NULL AND NOT EXISTS (SELECT FROM pg_attribute
        WHERE attrelid = indrelid AND attnum = ANY (indkey::int2[]) AND NOT attnotnull)
    ORDER BY indisprimary DESC, indnatts, indexrelid LIMIT 1) AS i
CROSS JOIN LATERAL unnest(i.columns) WITH ORDINALITY AS k (number, place)
JOIN pg_attribute a ON a.attrelid = %s AND a.attnum = k.number"""
_COLUMNS = """\
SELECT attname::text, attnotnull FROM pg_attribute WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped"""
_TRIGGER = "SELECT tgenabled <> 'D' FROM pg_trigger WHERE tgrelid = %s AND tgname = %s"

Key = tuple[str, ...]
"""The values of one row's key, as PostgreSQL writes them."""


class Unfilled(NamedTuple):
    """Rows without a value: `waiting` for the backfill, and `hopeless` because no value can be made for them."""

    waiting: int
    hopeless: int
    keys: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.waiting or self.hopeless)


@dataclass(frozen=True, slots=True)
class PlanTable:
    """A plan's table in one database, `keys` and their `types` in the order of the index."""

    plan: Plan
    oid: int
    keys: tuple[str, ...]
    types: tuple[str, ...]

    @property
    def name(self) -> SQL:
        return raw(table_of(self.plan))

    @property
    def filled(self) -> SQL:
        return raw(identifier(self.plan.filled))

    def key(self, *, of: str = "") -> Composed:
        from psycopg import sql

        prefix = f"{of}." if of else ""
        return sql.SQL(", ").join(raw(prefix + identifier(name)) for name in self.keys)

    def key_as_text(self) -> Composed:
        from psycopg import sql

        return sql.SQL(", ").join(raw(f"{identifier(name)}::text") for name in self.keys)

    def bound(self) -> Composed:
        """A placeholder for each value of a key."""
        from psycopg import sql

        return sql.SQL(", ").join(raw(f"CAST(%s AS {type})", escaped=True) for type in self.types)

    def where(self, after: Key | None, upto: Key | None) -> tuple[Composable, list[str]]:
        """The rows behind one key, up to and with another."""
        from psycopg import sql

        conditions: list[Composable] = []
        values: list[str] = []
        for sign, key in ((">", after), ("<=", upto)):
            if key is not None:
                conditions.append(sql.SQL("({}) {} ({})").format(self.key(), sql.SQL(sign), self.bound()))
                values += key
        return sql.SQL(" AND ").join(conditions or [sql.SQL("true")]), values

    def waiting(self) -> SQL:
        """The condition of a row that the backfill can fill."""
        if self.plan.kind == RENAME:
            return raw(
                f"{identifier(self.plan.filled)} IS NULL AND {identifier(self.plan.column)} IS NOT NULL"
            )
        return raw(f"{identifier(self.plan.filled)} IS NULL AND {self._judged('fill')}")

    def hopeless(self) -> SQL:
        """The condition of a row for which no value can be made."""
        if self.plan.kind == RENAME:
            return raw("false")
        return raw(f"{identifier(self.plan.filled)} IS NULL AND {self._judged(*self._bad)}")

    def refused(self) -> SQL:
        """The condition of a row that will be hopeless, before there is a new column."""
        return self.hopeless() if self.plan.kind == REQUIRE else raw(self._judged(*self._bad))

    @property
    def _bad(self) -> tuple[str, ...]:
        return ("fail", "null") if self.plan.is_required else ("fail",)

    def _judged(self, *words: str) -> str:
        listed = ", ".join(f"'{word}'" for word in words)
        return f"{_FUNCTION}({identifier(self.plan.table)}.*) IN ({listed})"


def raw(text: str, *, escaped: bool = False) -> SQL:
    """SQL whose names are quoted already, for a statement with parameters."""
    from psycopg import sql

    return sql.SQL(text if escaped else text.replace("%", "%%"))


def open_table(connection: Connection, plan: Plan, *, hidden: str = "backfill_refused") -> PlanTable | None:
    """None where the plan has nothing to fill any more. Its rows are all seen, or it fails by the rule `hidden`.

    Raises KavenError `plan_not_expanded`, `plan_key_missing`, and that one.
    """
    oid = find_oid(connection, plan)
    columns: dict[str, bool] = dict(connection.execute(_COLUMNS, [oid]).fetchall()) if oid else {}
    enabled = _one(connection, _TRIGGER, [oid, plan.object]) if oid else None
    if plan.filled in columns and not enabled and _is_over(plan, columns):
        return None
    if oid is None or plan.filled not in columns or plan.column not in columns or not enabled:
        raise KavenError(
            "plan_not_expanded",
            f"the first step of {plan.name} is not applied in this database"
            + (": its trigger is switched off" if enabled is False else ""),
            help=way_on(connection, plan.expand),
            exit_code=ExitCode.PROBLEMS,
        )
    if found := find_hidden(connection, oid):
        raise KavenError(hidden, found.message, help=found.help, exit_code=ExitCode.PROBLEMS)
    return keyed_table(connection, plan, oid)


def find_oid(connection: Connection, plan: Plan) -> int | None:
    found = _one(connection, "SELECT to_regclass(%s)::oid", [table_of(plan)])
    return int(str(found)) if found is not None else None


def keyed_table(connection: Connection, plan: Plan, oid: int) -> PlanTable:
    """Raises KavenError `plan_key_missing`."""
    found = connection.execute(_KEY, [oid, oid]).fetchone()
    if found is None or not found[0]:
        raise KavenError(
            "plan_key_missing",
            f"{plan.table} has neither a primary key nor a unique index over required columns",
            help="add one: without it no batch of rows can be told from the next",
            exit_code=ExitCode.PROBLEMS,
        )
    if plan.kind != RENAME:
        connection.execute(_fill_function(plan).encode())
    return PlanTable(plan, oid, tuple(found[0]), tuple(found[1]))


def _is_over(plan: Plan, columns: dict[str, bool]) -> bool:
    return columns[plan.filled] if plan.kind == REQUIRE else plan.column not in columns


def _one(connection: Connection, query: str, values: Sequence[object]) -> object:
    found = connection.execute(query.encode(), values).fetchone()
    return found[0] if found else None


def _fill_function(plan: Plan) -> str:
    """Says of a row what filling it would give; only this connection sees it."""
    body = f"""\
#variable_conflict use_column
BEGIN
  RETURN CASE WHEN {value_of_row(plan, plan.fill, "kaven_row")} IS NULL THEN 'null' ELSE 'fill' END;
EXCEPTION WHEN {CAUGHT} THEN
  RETURN 'fail';
END"""
    quote = dollar_quote(body)
    return (
        f"CREATE OR REPLACE FUNCTION {_FUNCTION}(kaven_row {table_of(plan)}) RETURNS text"
        f" LANGUAGE plpgsql AS {quote}\n{body}\n{quote}"
    )


def find_unfilled(connection: Connection, table: PlanTable) -> Unfilled:
    """Looked up in the rows themselves, all of them."""
    waiting, _ = count_rows(connection, table, table.waiting(), wanted=0)
    hopeless, keys = count_rows(connection, table, table.hopeless())
    return Unfilled(waiting, hopeless, keys)


def count_rows(
    connection: Connection,
    table: PlanTable,
    which: SQL,
    after: Key | None = None,
    upto: Key | None = None,
    *,
    wanted: int = SHOWN_KEYS,
) -> tuple[int, tuple[str, ...]]:
    """How many rows between two keys fulfil a condition, and the keys of the first of them."""
    from psycopg import sql

    place, values = table.where(after, upto)
    count = sql.SQL("SELECT count(*) FROM {} WHERE {} AND {}").format(table.name, place, which)
    found = connection.execute(count, values).fetchone()
    if found is None or not found[0] or not wanted:
        return (found[0] if found else 0), ()
    query = sql.SQL("SELECT {} FROM {} WHERE {} AND {} ORDER BY {} LIMIT {}").format(
        table.key_as_text(), table.name, place, which, table.key(), sql.Literal(wanted)
    )
    keys = (
        ", ".join(map("=".join, zip(table.keys, row, strict=True)))
        for row in connection.execute(query, values)
    )
    return found[0], tuple(keys)


def next_bound(
    connection: Connection, table: PlanTable, after: Key | None, size: int
) -> tuple[Key, int] | None:
    """The last key of the next `size` rows, and how many they are; None behind the last row."""
    from psycopg import sql

    condition, values = table.where(after, None)
    descending = sql.SQL(", ").join(raw(f"{identifier(name)} DESC") for name in table.keys)
    query = sql.SQL(
        "SELECT {}, count(*) OVER () FROM (SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {}) AS rows"
        " ORDER BY {} LIMIT 1"
    ).format(
        table.key_as_text(), table.key(), table.name, condition, table.key(), sql.Literal(size), descending
    )
    row = connection.execute(query, values).fetchone()
    return (tuple(row[:-1]), row[-1]) if row else None


def fill_rows(
    connection: Connection, table: PlanTable, after: Key | None, upto: Key, *, skip_locked: bool
) -> int:
    """Have the trigger fill the rows between two keys; how many it was.

    A row that somebody else is writing may be left out: the trigger fills it then, or the next pass does.
    """
    from psycopg import sql

    condition, values = table.where(after, upto)
    pairs = sql.SQL(" AND ").join(raw(f"t.{identifier(one)} = batch.{identifier(one)}") for one in table.keys)
    query = sql.SQL(
        "WITH batch AS (SELECT {key} FROM {table} WHERE {condition} AND {waiting} ORDER BY {key}"
        " FOR NO KEY UPDATE{skip}) UPDATE {table} AS t SET {filled} = t.{filled} FROM batch WHERE {pairs}"
    ).format(
        key=table.key(),
        table=table.name,
        condition=condition,
        waiting=table.waiting(),
        skip=sql.SQL(" SKIP LOCKED" if skip_locked else ""),
        filled=table.filled,
        pairs=pairs,
    )
    return connection.execute(query, values).rowcount


def estimated_rows(connection: Connection, table: PlanTable) -> int:
    """Counted, unless the planner knows the table as large."""
    from psycopg import sql

    query = sql.SQL(
        "SELECT CASE WHEN reltuples > 100000 THEN reltuples::bigint ELSE (SELECT count(*) FROM {}) END"
        " FROM pg_class WHERE oid = {}"
    ).format(table.name, sql.Literal(table.oid))
    found = connection.execute(query, []).fetchone()
    return int(found[0]) if found else 0
