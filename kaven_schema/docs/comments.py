"""What `///` comments say, and the tags in them.

/// Whoever pays                         text
/// @kaven.purpose Keeps whom we bill    tags["purpose"] == ("Keeps whom we bill",)
/// @kaven.feature One a tenant          tags["feature"], which may stand more than once
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kaven_schema.source import Source
from kaven_schema.syntax.ast import Block, BlockAttribute, Comment, Line

_TAG = re.compile(r"^@kaven\.(area|purpose|feature|security)(?![\w.])[ \t]*(.*)$")
_OTHER_TAG = re.compile(r"^@kaven(?:\.\w+)*(?:[\s(].*)?$")


class Said(NamedTuple):
    """A documentation comment, its tags apart."""

    text: str
    tags: dict[str, tuple[str, ...]]


def read_comment(lines: Iterable[str]) -> Said:
    """From documentation lines without their `///`. Tags of other commands are no text either."""
    text: list[str] = []
    tags: dict[str, list[str]] = {}
    for line in lines:
        stripped = line.strip()
        if found := _TAG.match(stripped):
            tags.setdefault(found[1], []).append(found[2].strip())
        elif not _OTHER_TAG.match(stripped):
            text.append(line.rstrip())
    return Said("\n".join(text).strip(), {name: tuple(values) for name, values in tags.items()})


def behind(line: Line) -> str:
    """The ordinary comment at the end of a line, without its slashes."""
    comment = line.comment
    if comment is None or comment.is_documentation:
        return ""
    return comment.text.removeprefix("//").removeprefix("/*").removesuffix("*/").strip()


def above_attributes(block: Block) -> dict[int, str]:
    """By where a block attribute starts, the documentation right above it and behind it."""
    found: dict[int, str] = {}
    pending: list[str] = []
    for member in block.members:
        if isinstance(member, Comment):
            if member.is_documentation:
                pending.append(member.text)
            continue
        if isinstance(member, BlockAttribute):
            own = [member.comment.text] if member.comment else []
            said = read_comment(text.lstrip("/").strip() for text in [*pending, *own])
            found[member.span.start] = said.text
        pending = []
    return found


_RULER = re.compile(r"^//\s*[=\-#*─━═]{4,}\s*$")
_TITLE = re.compile(r"^//\s*(\S.*?)\s*$")


def section_title(lines: Sequence[str]) -> str:
    """The title between two rulers (`// =====`) in a run of comment lines, empty where there is none."""
    for first, title, last in zip(lines, lines[1:], lines[2:], strict=False):
        if _RULER.match(first) and _RULER.match(last) and not _RULER.match(title):
            found = _TITLE.match(title)
            return _sentence(found[1]) if found else ""
    return ""


def _sentence(title: str) -> str:
    """`AUDIT & LOGGING` reads `Audit & logging`."""
    return title[:1] + title[1:].lower() if title.isupper() else title


def line_of(source: Source, offset: int) -> int:
    return source.position(offset).line
