"""Declarations of which only `map:` changed: their index gets the other name, and is not built anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from kaven_schema.database.partial_indexes.declared import DeclaredIndex, Key, identifier, qualified
from kaven_schema.database.partial_indexes.existing import ExistingIndex, cannot_mean, meaning_of

if TYPE_CHECKING:
    from psycopg import Connection


class Renaming(NamedTuple):
    """From one name to another, on one table."""

    old: Key
    new: Key
    table: str

    def statement(self) -> str:
        return f"ALTER INDEX {qualified(*self.old)} RENAME TO {identifier(self.new[1])}"


def known_meaning(connection: Connection, index: DeclaredIndex) -> str:
    """What a declaration means; empty where it names what is not there. Raises psycopg.Error."""
    from psycopg import Error

    try:
        return meaning_of(connection, index)
    except Error as error:
        if not cannot_mean(error.sqlstate or ""):
            raise
        return ""


def renamed_in(
    connection: Connection, found: dict[Key, ExistingIndex], after: Collection[DeclaredIndex]
) -> tuple[Renaming, ...]:
    """What `after` gives another name than it has in a database, and `found` as it is then."""
    wanted = {one.key for one in after}
    gone = [one for key, one in found.items() if one.is_ours and key not in wanted]
    renamed = []
    for index in after if gone else ():
        if index.key in found:
            continue
        there = [one for one in gone if (one.schema, one.table) == (index.schema, index.table)]
        meaning = known_meaning(connection, index) if there else ""
        same = next((one for one in there if one.meaning == meaning), None)
        if same:
            gone.remove(same)
            found[index.key] = replace(found.pop(same.key), name=index.name)
            renamed.append(Renaming(same.key, index.key, index.table))
    return tuple(renamed)


def renamed_between(
    gone: Iterable[DeclaredIndex], came: Iterable[DeclaredIndex]
) -> tuple[tuple[DeclaredIndex, DeclaredIndex], ...]:
    """The same of two texts: pairs that differ in their name alone."""
    left = list(gone)
    pairs = []
    for new in came:
        old = next((one for one in left if replace(one, name=new.name) == new and one.name != new.name), None)
        if old:
            left.remove(old)
            pairs.append((old, new))
    return tuple(pairs)
