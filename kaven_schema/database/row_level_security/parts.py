"""The policies and triggers that `kaven rls` makes, each with the SQL that makes it again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kaven_schema.database.row_level_security.script import Piece

_MADE = re.compile(
    r"""CREATE (?:OR REPLACE )?(POLICY|TRIGGER) "([^"]+)"(?: BEFORE \w+)? ON ((?:"[^"]+"\.)?"[^"]+")"""
)


@dataclass(frozen=True, slots=True)
class Part:
    """A `policy` or a `trigger` of one table; `mend` also grants what it needs, `change` alters what stands."""

    kind: str
    name: str
    table: str
    mend: str
    change: str


def parts_of(pieces: Iterable[Piece]) -> tuple[Part, ...]:
    return tuple(part for piece in pieces for part in _parts(piece))


def _parts(piece: Piece) -> Iterator[Part]:
    change = "; ".join(map(_line, piece.change))
    for statement in piece.create:
        if found := _MADE.match(statement):
            kind, name, table = found.groups()
            grants = [one for one in piece.create if one.startswith("GRANT") and f" ON {table} TO " in one]
            mend = "; ".join(map(_line, (statement, *(grants if kind == "POLICY" else ()))))
            yield Part(kind.lower(), name, table, mend, change)


def _line(statement: str) -> str:
    return " ".join(statement.split()).removesuffix(";")
