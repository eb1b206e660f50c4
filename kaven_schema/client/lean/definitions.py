"""The definitions of a generated `types.py`, each with its place: found by lines, for a parse of 70 MB is dear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# What prisma-client-py writes at a line's start: a definition, an import, or the end of a bracket.
_DEFINED = rb"class (?P<class>\w+)|(?P<name>\w+) = (?P<alias>_types\.)?"
_OTHER = rb"(?P<import>(?:from|import) )|[)\]}#\r\n]|(?P<unknown>\S)"
_START = re.compile(rb"^(?:" + _DEFINED + rb"|" + _OTHER + rb")", re.MULTILINE)


class Definition(NamedTuple):
    name: str
    start: int
    """Of its bytes in the file."""
    end: int


class TypesModule(NamedTuple):
    """`eager` is what runs at import: imports, and names of the module `_types`."""

    eager: bytes
    definitions: tuple[Definition, ...]


class UnknownLayoutError(Exception):
    """The text is not laid out as prisma-client-py 0.15 does."""


def split_types(text: bytes) -> TypesModule:
    """Raises UnknownLayoutError."""
    eager: list[bytes] = []
    definitions = []
    for found, end in _statements(text):
        name = found["class"] or found["name"]
        if name and not found["alias"]:
            definitions.append(Definition(name.decode(), found.start(), end))
        else:
            eager.append(text[found.start() : end].rstrip() + b"\n")
    if not definitions:
        raise UnknownLayoutError("no definitions")
    return TypesModule(b"".join(eager), tuple(definitions))


def _statements(text: bytes) -> Iterator[tuple[re.Match[bytes], int]]:
    """Each statement at the top level, with where the next begins."""
    last: re.Match[bytes] | None = None
    for found in _START.finditer(text):
        if found["unknown"]:
            raise UnknownLayoutError(f"at byte {found.start()}")
        if found.lastgroup is None:
            continue
        if last:
            yield last, found.start()
        last = found
    if last:
        yield last, len(text)
