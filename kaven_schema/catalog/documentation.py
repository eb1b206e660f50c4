"""Which `///` comments document what, as Prisma reads them.

A block has the lines right above it, a field or value the last lines before it and the one behind it. Ordinary
comments in between belong to neither, and break nothing; an empty line does above a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kaven_schema.source import Span
from kaven_schema.syntax.ast import Block, Comment, EnumValue, Field
from kaven_schema.syntax.document import BlockText

_SIGN = "///"


class DocumentationLine(NamedTuple):
    """One line without its `///`. Inside a block the span counts from the block's start, above it from the file's."""

    text: str
    span: Span


def text_of(lines: tuple[DocumentationLine, ...]) -> str:
    """The documentation as Prisma hands it on."""
    return "\n".join(line.text for line in lines)


def above(block: BlockText) -> tuple[DocumentationLine, ...]:
    """The documentation of a block. Reads no block."""
    source = block.source
    number = source.position(block.offset).line - 1
    found: list[DocumentationLine] = []
    while number > 0 and (written := source.line_text(number).strip()).startswith("//"):
        if written.startswith(_SIGN):
            start = source.line_starts()[number - 1] + source.line_text(number).index(_SIGN)
            whole = source.line_text(number).lstrip()
            found.append(DocumentationLine(whole[len(_SIGN) :].lstrip(), Span(start, start + len(written))))
        number -= 1
    return tuple(reversed(found))


def of_members(block: Block) -> Iterator[tuple[Field | EnumValue, tuple[DocumentationLine, ...]]]:
    """Every field and value of a block with its documentation."""
    pending: list[Comment] = []
    goes_on = False
    for member in block.members:
        if isinstance(member, Comment):
            pending = [*pending, member] if goes_on else [member]
        elif isinstance(member, Field | EnumValue):
            behind = (member.comment,) if member.comment else ()
            yield member, tuple(_line(comment) for comment in (*pending, *behind) if comment.is_documentation)
            pending = []
        goes_on = isinstance(member, Comment)


def _line(comment: Comment) -> DocumentationLine:
    return DocumentationLine(comment.text[len(_SIGN) :].lstrip(), comment.span)
