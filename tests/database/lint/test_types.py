"""What the lint says of types, against what PostgreSQL does."""

from __future__ import annotations

import psycopg
import pytest

from kaven_schema.database.lint.parser import parse_sql
from kaven_schema.database.lint.types import ColumnType, TypeChange, type_change, type_of
from kaven_schema.database.url import DatabaseUrl

WIDENS, REWRITES, BREAKS = TypeChange.WIDENS, TypeChange.REWRITES, TypeChange.BREAKS
CHANGES = [
    ("varchar(10)", "varchar(20)", WIDENS),
    ("varchar(10)", "varchar", WIDENS),
    ("varchar(10)", "text", WIDENS),
    ("text", "varchar", WIDENS),
    ("numeric(10,2)", "numeric(12,2)", WIDENS),
    ("numeric(10,2)", "numeric", WIDENS),
    ("timestamp(3)", "timestamp(6)", WIDENS),
    ("timestamptz(3)", "timestamptz", WIDENS),
    ("varbit(3)", "varbit(6)", WIDENS),
    ("numeric(10,2)", "numeric(14,4)", REWRITES),
    ("int", "bigint", REWRITES),
    ("smallint", "int", REWRITES),
    ("real", "double precision", REWRITES),
    ("varchar(10)[]", "varchar(20)[]", REWRITES),
    ("varchar(20)", "varchar(10)", BREAKS),
    ("varchar", "varchar(10)", BREAKS),
    ("numeric(10,2)", "numeric(9,2)", BREAKS),
    ("numeric(10,2)", "numeric(10,4)", BREAKS),
    ("numeric", "numeric(10,2)", BREAKS),
    ("bigint", "int", BREAKS),
    ("timestamp(6)", "timestamp(3)", BREAKS),
    ("json", "jsonb", BREAKS),
]


def typed(text: str) -> ColumnType:
    [statement] = parse_sql(f"CREATE TABLE t (c {text})")
    return type_of(statement.node.table_elts[0].column_def.type_name)


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES)
def test_change(old, new, expected):
    assert type_change(typed(old), typed(new)) is expected


def test_widening_rewrites_as_postgresql_does(database: DatabaseUrl):
    wrong = []
    with psycopg.connect(database.conninfo(), password=database.password, autocommit=True) as connection:
        for number, (old, new, expected) in enumerate(CHANGES):
            if expected is not BREAKS and _rewrites(connection, f"t{number}", old, new) != (
                expected is REWRITES
            ):
                wrong.append((old, new))
    assert wrong == []


def _rewrites(connection: psycopg.Connection, table: str, old: str, new: str) -> bool:
    files = []
    for sql in (f"CREATE TABLE {table} (c {old})", f"ALTER TABLE {table} ALTER COLUMN c TYPE {new}"):
        connection.execute(sql.encode())
        files.append(connection.execute(f"SELECT pg_relation_filenode('{table}')".encode()).fetchone())
    return files[0] != files[1]
