"""A query for each model, as the client would ask it: by the merged schema's own names."""
# ruff: noqa: S608 - every name is quoted

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.client.tenant.metadata import read_catalog
from kaven_schema.database.row_level_security.names import quoted
from kaven_schema.syntax.ast import BlockKind
from kaven_schema.syntax.dialect import Dialect

if TYPE_CHECKING:
    from psycopg import Connection

    from kaven_schema.catalog.catalog import Catalog, Entry

_ROWS = 100


def model_queries(schema: Path, dialect: Dialect) -> tuple[tuple[str, str], ...]:
    """Each model and its query; none where the merged schema is not made yet."""
    if not schema.is_file():
        return ()
    catalog = read_catalog(schema.read_text(encoding="utf-8"), dialect)
    models = catalog.of_kind(BlockKind.MODEL)
    return tuple((entry.name, _query(catalog, entry)) for entry in models if any(_columns(catalog, entry)))


def failing_queries(connection: Connection, queries: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """What PostgreSQL says to those that it refuses."""
    from psycopg import Error

    problems = []
    for model, sql in queries:
        try:
            connection.execute(sql.encode()).fetchall()
        except Error as error:
            problems.append(f"model {model}: {error.diag.message_primary or error}")
    return tuple(problems)


def _query(catalog: Catalog, entry: Entry) -> str:
    columns = ", ".join(map(quoted, _columns(catalog, entry)))
    table = quoted(entry.facts.schema, entry.facts.table)
    return f"SELECT {columns} FROM {table} ORDER BY 1 DESC LIMIT {_ROWS}"


def _columns(catalog: Catalog, entry: Entry) -> Iterator[str]:
    """Fields that are no relations."""
    for field in entry.facts.fields:
        if catalog.target(field) is None:
            yield field.column
