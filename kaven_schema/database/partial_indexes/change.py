"""What has to happen to partial indexes on the way from one state of a schema to another.

Prisma's engine sees none of them. It neither makes nor drops one, nor calls one drift; so what it leaves undone is
written before and behind its script.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect
from kaven_schema.database.migrations.failures import failures_told
from kaven_schema.database.partial_indexes.declared import DeclaredIndex, Key, qualified
from kaven_schema.database.partial_indexes.existing import (
    ExistingIndex,
    existing_indexes,
    in_place,
)
from kaven_schema.database.partial_indexes.renaming import (
    Renaming,
    known_meaning,
    renamed_between,
    renamed_in,
)
from kaven_schema.database.partial_indexes.trying import Outcome, run_script
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError

if TYPE_CHECKING:
    from psycopg import Connection

Declared = tuple[DeclaredIndex, ...]
# How Prisma takes a value out of an enum: the type is made anew, and an index that names the old one stands in the way.
_REPLACED_TYPE = re.compile(r'ALTER TYPE (?:"[^"]*"\.)?"([^"]+)" RENAME TO "[^"]+_old"')


class PartialIndexRefusedError(KavenError):
    """PostgreSQL does not make what `index` declares."""

    def __init__(self, index: DeclaredIndex, reason: str) -> None:
        super().__init__(
            "partial_index_refused",
            f"PostgreSQL does not make the index {index.name} of {index.table}: {reason}",
            help=f"mend `/// @kaven.index(…)` in its model; it was to be: {index.creation()}",
            exit_code=ExitCode.PROBLEMS,
        )
        self.index = index
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
    """A database to look into; with `may_change` it is one to try scripts in, whose content is nobody's."""

    url: DatabaseUrl
    may_change: bool = False


Side = Declared | Place


@dataclass(frozen=True, slots=True)
class Change:
    """Statements before and behind the engine's script, and a line about each index for people."""

    drops: tuple[str, ...] = ()
    creations: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    renames: tuple[str, ...] = ()

    def around(self, script: str) -> str:
        parts = [f"-- RenamePartialIndex\n{one};\n" for one in self.renames]
        parts += [f"-- DropPartialIndex\n{one};\n" for one in self.drops]
        parts += [script] if script else []
        parts += [f"-- CreatePartialIndex\n{one};\n" for one in self.creations]
        parts += [f"-- MarkPartialIndex\n{one};\n" for one in self.marks]
        return "\n".join(parts)

    def summary(self) -> str:
        return "".join(f"\n{line}" for line in self.lines)


_NOTHING = Change()


def partial_index_change(before: Side, after: Side, script: str) -> Change:
    """What is to be done beside `script`, which leads from one side to the other.

    Raises KavenError `partial_index_refused` where PostgreSQL does not take what is declared, and as `connect` and
    `failures_told` do.
    """
    if isinstance(before, Place):
        if isinstance(after, Place):
            return _between_databases(before, after)
        return _to_declared(before, after, script)
    return _from_declared(before, after) if isinstance(after, Place) else _between_texts(before, after)


@contextmanager
def _opened(place: Place) -> Iterator[Connection]:
    with failures_told(place.url), connect(place.url) as connection:
        yield connection


def _between_texts(before: Declared, after: Declared) -> Change:
    old, new = {one.key: one for one in before}, {one.key: one for one in after}
    gone = [one for key, one in old.items() if new.get(key) != one]
    came = [one for key, one in new.items() if old.get(key) != one]
    pairs = renamed_between(
        [one for one in gone if one.key not in new], [one for one in came if one.key not in old]
    )
    renamed = {one for pair in pairs for one in pair}
    return _change(
        [(one.table, one.name, _dropping(one)) for one in gone if one not in renamed],
        [one for one in came if one not in renamed],
        [Renaming(one.key, other.key, other.table) for one, other in pairs],
    )


def _between_databases(before: Place, after: Place) -> Change:
    """Only what a declaration made: what people made by hand they know, and Prisma passes over it."""
    if before.may_change and after.may_change:
        return _NOTHING  # two folders of migrations, tried in one database
    with _opened(before) as one, _opened(after) as other:
        old, new = existing_indexes(one), existing_indexes(other)
    ours = {key for key, found in (*old.items(), *new.items()) if found.is_ours}
    return _between(old, new, ours)


def _between(old: dict[Key, ExistingIndex], new: dict[Key, ExistingIndex], keys: Iterable[Key]) -> Change:
    differing = sorted(key for key in keys if _meaning(old.get(key)) != _meaning(new.get(key)))
    gone = [old[key] for key in differing if key in old]
    came = [new[key] for key in differing if key in new]
    change = _change([(one.table, one.name, one.dropping()) for one in gone], ())
    return Change(
        change.drops,
        tuple(one.statement for one in came),
        (*change.lines, *(_line("+", "Added", one.table, one.name) for one in came)),
    )


def _meaning(index: ExistingIndex | None) -> str:
    return f"{index.table} {index.meaning}" if index else ""


def _from_declared(before: Declared, after: Place) -> Change:
    with _opened(after) as connection:
        before = in_place(connection, before)
        found = existing_indexes(connection)
        same = {one.key for one in before if _is_there(connection, one, found)}
    gone = [one for one in before if one.key not in same]
    keys = {one.key for one in gone} | {key for key, one in found.items() if one.is_ours and key not in same}
    came = [found[key] for key in sorted(keys & found.keys())]
    change = _change([(one.table, one.name, _dropping(one)) for one in gone], ())
    lines = (*change.lines, *(_line("+", "Added", one.table, one.name) for one in came))
    return Change(change.drops, tuple(one.statement for one in came), lines)


def _to_declared(before: Place, after: Declared, script: str) -> Change:
    with _opened(before) as connection:
        after = in_place(connection, after)
        found = existing_indexes(connection)
        renamings = renamed_in(connection, found, after)
        drops = _first_gone(connection, found, after, script)
        missing = [one for one in after if one.key in drops or one.key not in found]
        if before.may_change and after and (script or drops or missing):
            for renaming in renamings:
                connection.execute(renaming.statement().encode())
            drops, missing = _tried(connection, found, drops, script, after)
    change = _change([(found[key].table, key[1], found[key].dropping()) for key in drops], missing, renamings)
    unmarked = [one for one in after if one not in missing and not found[one.key].is_ours]
    return replace(
        change,
        marks=tuple(one.marking() for one in unmarked),
        lines=(*change.lines, *(_line("*", "Marked", one.table, one.name) for one in unmarked)),
    )


def _first_gone(
    connection: Connection, found: dict[Key, ExistingIndex], after: Declared, script: str
) -> list[Key]:
    """Those that the script must not meet: no longer declared, declared otherwise, or on a type made anew."""
    wanted = {one.key: one for one in after}
    replaced = set(_REPLACED_TYPE.findall(script))
    return [
        key
        for key, index in found.items()
        if (key not in wanted and index.is_ours)
        or (key in wanted and (index.types & replaced or not _is_there(connection, wanted[key], found)))
    ]


def _is_there(connection: Connection, index: DeclaredIndex, found: dict[Key, ExistingIndex]) -> bool:
    if index.key not in found or found[index.key].table != index.table:
        return False
    return known_meaning(connection, index) == found[index.key].meaning


def _tried(
    connection: Connection,
    found: dict[Key, ExistingIndex],
    drops: list[Key],
    script: str,
    after: Declared,
) -> tuple[list[Key], list[DeclaredIndex]]:
    """What has to go before the script and what is missing behind it, by running it.

    A column that is made anew takes its indexes along; one whose type changes may want them gone. What is missing is
    then made, so that what PostgreSQL refuses is told before a migration is written.
    """
    wanted = {one.key for one in after}
    others = [
        key for key, one in found.items() if key in wanted and key not in drops and f'"{one.table}"' in script
    ]
    dropping = [[found[key].dropping() for key in keys] for keys in (drops, others)]
    outcome = run_script(connection, [*dropping[0], script], dropping[1])
    if outcome is Outcome.FAILS:
        return drops, [one for one in after if one.key in drops or one.key not in found]
    if outcome is Outcome.WORKS_WITHOUT:
        drops = drops + others
    left = existing_indexes(connection)
    missing = [one for one in after if not _is_there(connection, one, left)]
    changed = [one.key for one in missing if one.key in left]
    for key in changed:
        connection.execute(left[key].dropping().encode())
    for index in missing:
        _try(connection, index)
    return drops + changed, missing


def _try(connection: Connection, index: DeclaredIndex) -> None:
    from psycopg import Error

    try:
        connection.execute(index.creation().encode())
    except Error as error:
        raise PartialIndexRefusedError(index, error.diag.message_primary or str(error)) from None


def _change(
    gone: Collection[tuple[str, str, str]],
    came: Sequence[DeclaredIndex],
    renamings: Sequence[Renaming] = (),
) -> Change:
    """What somebody made by hand is not made again, only marked: deploying it looks whether it is the same."""
    return Change(
        drops=tuple(statement for _, _, statement in gone),
        creations=tuple(f"{one.creation(if_absent=True)};\n{one.marking()}" for one in came),
        renames=tuple(one.statement() for one in renamings),
        lines=(
            *(_line("*", f"Renamed to `{one.new[1]}` the", one.table, one.old[1]) for one in renamings),
            *(_line("-", "Removed", table, name) for table, name, _ in gone),
            *(_line("+", "Added", one.table, one.name) for one in came),
        ),
    )


def _line(sign: str, verb: str, table: str, name: str) -> str:
    return f"[*] Changed the `{table}` table\n  [{sign}] {verb} partial index `{name}`\n"


def _dropping(index: DeclaredIndex) -> str:
    return f"DROP INDEX {qualified(index.schema, index.name)}"
