"""What a restored database holds, against what its manifest says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from kaven_schema.operations.backup.contents import count_rows, migration_head, read_outlines
from kaven_schema.operations.backup.manifest import Contents

if TYPE_CHECKING:
    from psycopg import Connection

ABSENT = -1


class TableChange(NamedTuple):
    """Rows now and in the backup; ABSENT where there is no such table."""

    table: str
    now: int
    backup: int


def differences(
    connection: Connection, contents: Contents, counted: Callable[[str], object] = str
) -> tuple[str, ...]:
    """Line by line what is not as it was; none if all is."""
    return tuple(_differences(connection, contents, counted))


def _differences(
    connection: Connection, contents: Contents, counted: Callable[[str], object]
) -> Iterator[str]:
    for change in table_changes(count_rows(connection, counted), contents.tables):
        if change.now == ABSENT:
            yield f"table {change.table} is missing, with {change.backup} rows"
        elif change.backup == ABSENT:
            yield f"table {change.table} was not in the backup"
        else:
            yield f"table {change.table} has {change.now} rows, the backup {change.backup}"
    found = read_outlines(connection)
    for kind, outline in contents.outlines.items():
        now = found.get(kind)
        if now is not None and now != outline:
            same = "other ones" if now.count == outline.count else f"{now.count}"
            yield f"{kind}: {same}, the backup has {outline.count}"
    head = migration_head(connection)
    if head != contents.migration:
        yield f"the last migration is {head or 'none'}, in the backup it is {contents.migration or 'none'}"


def table_changes(now: Mapping[str, int], backup: Mapping[str, int]) -> tuple[TableChange, ...]:
    """The tables that differ, by name."""
    pairs = ((table, now.get(table, ABSENT), backup.get(table, ABSENT)) for table in sorted({*now, *backup}))
    return tuple(TableChange(*pair) for pair in pairs if pair[1] != pair[2])
