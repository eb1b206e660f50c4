"""Indexes that somebody made by hand, and that pending migrations declare: the same one is adopted, another refused.

A migration makes a partial index only where no index has its name, and then marks it. So the one that is there has to
be the one that is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kaven_schema.database.migrations.folder import Migration
from kaven_schema.database.migrations.statements import Statement, split_statements
from kaven_schema.database.partial_indexes.declared import identifier, qualified
from kaven_schema.database.partial_indexes.existing import (
    ExistingIndex,
    all_indexes,
    cannot_mean,
    meaning_on,
)
from kaven_schema.diagnostics import Diagnostic, Label, Severity
from kaven_schema.source import Span

if TYPE_CHECKING:
    from psycopg import Connection

_NAME = r'"((?:[^"]|"")+)"'
_CREATION = re.compile(
    rf"CREATE (UNIQUE )?INDEX (?:CONCURRENTLY )?IF NOT EXISTS {_NAME} ON (?:{_NAME}\.)?{_NAME}(.*)", re.DOTALL
)


class MetIndex(NamedTuple):
    """An index without the mark whose name a pending migration gives to one that it makes, at its `statement`."""

    existing: ExistingIndex
    is_same: bool
    migration: Migration
    statement: Statement

    @property
    def drift(self) -> str:
        """The line of `catalog_diff` that it makes."""
        return f"+ index {self.existing.statement}"

    def refusal(self) -> Diagnostic:
        name = qualified(self.existing.schema, self.existing.name)
        start = self.statement.start
        return Diagnostic(
            rule="partial_index_refused",
            severity=Severity.ERROR,
            message=f"the database has another index {self.existing.name}: {self.existing.statement}",
            labels=(Label(self.migration.source, Span(start, start + len(self.statement.text))),),
            help=f"if it is not needed: DROP INDEX CONCURRENTLY {name}; else give one of the two another name",
        )


def met_indexes(connection: Connection, pending: Sequence[Migration]) -> tuple[MetIndex, ...]:
    """Asks the database only if a pending migration makes a partial index. Raises psycopg.Error."""
    if not any(_CREATION.search(migration.sql) for migration in pending):
        return ()
    return tuple(_met(connection, all_indexes(connection), pending))


def _met(
    connection: Connection, existing: dict[tuple[str, str], ExistingIndex], pending: Sequence[Migration]
) -> Iterator[MetIndex]:
    moved = ""  # the statements so far that may take an index away
    for migration in pending:
        for statement in split_statements(migration.sql):
            if statement.words[:1] in (("DROP",), ("ALTER",)):
                moved += statement.text
            elif written := _CREATION.fullmatch(statement.text.rstrip("; \n")):
                schema, name = (_plain(written[group] or "") for group in (3, 2))
                found = existing.get((schema, name))
                if not found or found.is_ours or name in moved:
                    continue
                if (is_same := _is_same(connection, written, found)) is not None:
                    yield MetIndex(found, is_same, migration, statement)


def _plain(name: str) -> str:
    return name.replace('""', '"')


def _is_same(connection: Connection, written: re.Match[str], found: ExistingIndex) -> bool | None:
    """None where this role, or this server, lets nobody try."""
    from psycopg import Error, OperationalError

    if found.table != _plain(written[4]):
        return False
    unique, rest = written[1] or "", written[5]
    table = qualified(found.schema, found.table)
    try:
        meaning = meaning_on(
            connection,
            table,
            lambda probe: f"CREATE {unique}INDEX {identifier(found.name)} ON {probe}{rest}",
        )
    except OperationalError:
        raise
    except Error as error:  # it may name what a pending migration only makes
        return False if cannot_mean(error.sqlstate or "") else None
    return meaning == found.meaning
