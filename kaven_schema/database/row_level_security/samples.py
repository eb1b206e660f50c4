"""Rows of two made-up tenants, in a transaction that is undone."""
# ruff: noqa: S608 - every name is quoted

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import randbelow, token_hex
from typing import TYPE_CHECKING, Any

from kaven_schema.database.row_level_security.names import quoted
from kaven_schema.database.row_level_security.tables import Table
from kaven_schema.diagnostics import ExitCode, KavenError

if TYPE_CHECKING:
    from psycopg import Connection

Row = dict[str, Any]

# Columns without a value of their own, with their types; and whether it is an enum's, and its first value.
_COLUMNS = """\
SELECT a.attname, format_type(a.atttypid, NULL), a.attnotnull AND d.adbin IS NULL AND a.attidentity = '',
    (SELECT enumlabel FROM pg_enum WHERE enumtypid = a.atttypid ORDER BY enumsortorder LIMIT 1),
    CASE WHEN a.atttypmod > 4 THEN a.atttypmod - 4 END, t.typcategory = 'A'
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum"""
_KEYS = """\
SELECT c.conname, c.confrelid::regclass::text,
    ARRAY(SELECT attname::text FROM unnest(c.conkey) WITH ORDINALITY k(n, o)
        JOIN pg_attribute ON attrelid = c.conrelid AND attnum = k.n ORDER BY k.o),
    ARRAY(SELECT attname::text FROM unnest(c.confkey) WITH ORDINALITY k(n, o)
        JOIN pg_attribute ON attrelid = c.confrelid AND attnum = k.n ORDER BY k.o)
FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = %s::regclass"""
_PRIMARY = """\
SELECT ARRAY(SELECT attname::text FROM unnest(i.indkey::smallint[]) WITH ORDINALITY k(n, o)
    JOIN pg_attribute ON attrelid = i.indrelid AND attnum = k.n ORDER BY k.o)
FROM pg_index i WHERE i.indrelid = %s::regclass AND i.indisunique AND i.indpred IS NULL
ORDER BY i.indisprimary DESC LIMIT 1"""

_VALUES: dict[str, Callable[[], Any]] = {
    "boolean": lambda: False,
    "smallint": lambda: randbelow(30_000),
    "integer": lambda: 1_500_000_000 + randbelow(600_000_000),
    "bigint": lambda: 4_000_000_000 + randbelow(1 << 50),
    "numeric": lambda: 1,
    "real": lambda: 1,
    "double precision": lambda: 1,
    "bytea": lambda: b"",
    "json": lambda: "{}",
    "jsonb": lambda: "{}",
    "date": lambda: "2000-01-01",
    "time without time zone": lambda: "00:00",
    "timestamp without time zone": lambda: "2000-01-01",
    "timestamp with time zone": lambda: "2000-01-01",
    "uuid": lambda: f"{token_hex(4)}-{token_hex(2)}-4{token_hex(2)[1:]}-8{token_hex(2)[1:]}-{token_hex(6)}",
    "inet": lambda: "192.0.2.1",
}


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    is_needed: bool
    first_value: str | None
    longest: int | None
    is_array: bool

    def made(self) -> Any:
        """A value that nothing else has, where its type has as many."""
        if self.is_array:
            return []
        if self.first_value is not None:
            return self.first_value
        if self.type in _VALUES:
            return _VALUES[self.type]()
        return f"kaven-{token_hex(12)}"[-(self.longest or 30) :]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    target: str
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """One table as the database has it; `key` is its primary key."""

    table: Table
    columns: Mapping[str, Column]
    foreign_keys: tuple[ForeignKey, ...]
    key: tuple[str, ...]

    def needed(self) -> Iterator[ForeignKey]:
        """The foreign keys that a row cannot be without."""
        for one in self.foreign_keys:
            if all(self.columns[name].is_needed for name in one.columns):
                yield one


@dataclass(slots=True)
class Samples:
    """By table: the row of each tenant."""

    shapes: Mapping[str, Shape]
    tenant: str
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def row(self, shape: Shape, number: int) -> Row:
        """A new row of one tenant, not inserted."""
        row = {name: column.made() for name, column in shape.columns.items() if column.is_needed}
        for one in shape.foreign_keys:
            if one in set(shape.needed()) or shape.table.tenant_column in one.columns:
                parent = self.rows.get(one.target, [{}, {}])[number]
                values = [parent.get(name) for name in one.target_columns]
                row |= dict(zip(one.columns, values, strict=True)) if None not in values else {}
        own = shape.table.tenant_column
        if own and shape.table.name != self.tenant:
            row[own] = self.tenants[number]
        return row

    @property
    def tenants(self) -> list[Any]:
        """The two tenants' ids."""
        column = self.shapes[self.tenant].table.tenant_column
        return [row[column] for row in self.rows[self.tenant]]


def with_parents(connection: Connection, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """And those of everybody's tables without which there is no row."""
    found = dict(shapes)
    while missing := {
        one.target for shape in found.values() for one in shape.needed() if one.target not in found
    }:
        found |= read_shapes(connection, [Table(name, "", "", "") for name in sorted(missing)])
    return found


def read_shapes(connection: Connection, tables: Iterable[Table]) -> dict[str, Shape]:
    """By table. Raises KavenError `row_security_table_missing`."""
    found = {}
    for table in tables:
        known = connection.execute("SELECT to_regclass(%s)::text", [table.sql]).fetchone()
        if known is None or known[0] is None:
            raise KavenError(
                "row_security_table_missing",
                f"the database has no table {table.name}",
                help="bring it up to date: kaven migrate deploy",
                exit_code=ExitCode.PROBLEMS,
            )
        found[table.name] = _shape(connection, table)
    return found


def _shape(connection: Connection, table: Table) -> Shape:
    columns = (Column(*row) for row in connection.execute(_COLUMNS, [table.sql]))
    keys = (
        ForeignKey(_unquoted(target), tuple(own), tuple(other))
        for _, target, own, other in connection.execute(_KEYS, [table.sql])
    )
    primary = connection.execute(_PRIMARY, [table.sql]).fetchone()
    return Shape(table, {one.name: one for one in columns}, tuple(keys), tuple(primary[0]) if primary else ())


def _unquoted(name: str) -> str:
    return name.rpartition(".")[2].strip('"')


def insert_samples(connection: Connection, shapes: Mapping[str, Shape], tenant: str) -> Samples:
    """One row of each tenant in every table, parents first. Raises KavenError `row_security_sample_refused`."""
    samples = Samples(shapes, tenant)
    for shape in _in_order(shapes, tenant):
        rows: list[Row] = []
        for number in range(2):
            row = samples.row(shape, number)
            rows.append(_inserted(connection, shape, row))
        samples.rows[shape.table.name] = rows
    return samples


def _in_order(shapes: Mapping[str, Shape], tenant: str) -> Iterator[Shape]:
    """Parents before children; of a circle, in any order."""
    left = {name: shape for name, shape in shapes.items() if name != tenant}
    yield shapes[tenant]
    while left:
        ready = [
            name
            for name, shape in left.items()
            if not any(one.target in left and one.target != name for one in shape.needed())
        ] or [next(iter(left))]
        for name in ready:
            yield left.pop(name)


def insert_statement(shape: Shape, row: Row) -> tuple[str, Sequence[Any]]:
    columns = ", ".join(quoted(name) for name in row)
    values = ", ".join(f"%s::{shape.columns[name].type}" if _is_cast(shape, name) else "%s" for name in row)
    return f"INSERT INTO {shape.table.sql} ({columns}) VALUES ({values})", [*row.values()]


def _is_cast(shape: Shape, name: str) -> bool:
    return not shape.columns[name].is_array


def _inserted(connection: Connection, shape: Shape, row: Row) -> Row:
    """The whole row, with what the database made up itself."""
    import psycopg

    sql, values = insert_statement(shape, row)
    try:
        found = connection.execute(f"{sql} RETURNING *".encode(), values)
        assert found.description
        names = [column.name for column in found.description]
        return dict(zip(names, found.fetchone() or (), strict=True))
    except psycopg.Error as error:
        reason = error.diag.message_primary or str(error)
        raise KavenError(
            "row_security_sample_refused",
            f"no row could be made up for {shape.table.name}, to try the policies on: {reason}",
            help="a trigger or a CHECK of your own wants other values: try it on a database without it",
            exit_code=ExitCode.PROBLEMS,
        ) from None
