"""Taking a declaration out of extended without a comment being lost or changing its owner."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kaven_schema.diagnostics import Edit
from kaven_schema.merge.pairing import Part
from kaven_schema.rules.fixing import remove_line, replace
from kaven_schema.source import Span
from kaven_schema.syntax.ast import BlockAttribute, Comment, EmptyLines, EnumValue, Field, Member
from kaven_schema.syntax.printer import print_attribute

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_SLASHES = re.compile(r"/+ ?")


def remove_declaration(part: Part, span: Span) -> Edit:
    """Remove the declaration that begins where `span` does; spans here count from the start of the part's block.

    What was said of it stays as `//` comments, with the declaration's name, apart from the next one.
    """
    members = part.block.members
    number = next(number for number, one in enumerate(members) if one.span.start == span.start)
    line = members[number]
    assert isinstance(line, Field | EnumValue | BlockAttribute)
    above = _documentation_above(members, number)
    if not above and line.comment is None:
        return remove_line(part, line.span)
    text = part.text.text
    line_break = _LINE_BREAK.search(text, line.span.end)
    assert line_break is not None, "a declaration's line ends with a line break"
    kept = [*map(_as_plain, above), *_left_by(line)]
    is_set_off = all(isinstance(below, EmptyLines) for below in members[number + 1 : number + 2])
    start = _line_start(text, (above[0] if above else line).span.start)
    indent = text[_line_start(text, line.span.start) : line.span.start]
    written = [f"{indent}{comment}" for comment in kept] + ([] if is_set_off else [""])
    return replace(part, Span(start, line_break.end()), "".join(one + line_break[0] for one in written))


def _line_start(text: str, place: int) -> int:
    return max(text.rfind("\n", 0, place), text.rfind("\r", 0, place)) + 1


def _left_by(line: Field | EnumValue | BlockAttribute) -> list[str]:
    note = f"// {_name(line)}, removed here"
    if line.comment is None:
        return [note]
    if line.comment.text.startswith("/*"):
        return [note, line.comment.text]
    return [f"{note}: {_SLASHES.sub('', line.comment.text, count=1)}"]


def _documentation_above(members: Sequence[Member], number: int) -> list[Comment]:
    """The comments directly above, from the first that documents the declaration on."""
    found: list[Comment] = []
    while number and isinstance(above := members[number - 1], Comment):
        found.insert(0, above)
        number -= 1
    while found and not found[0].is_documentation:
        del found[0]
    return found


def _as_plain(comment: Comment) -> str:
    """Documentation would become that of the next field."""
    return comment.text[1:] if comment.is_documentation else comment.text


def _name(line: Field | EnumValue | BlockAttribute) -> str:
    return f"@{print_attribute(line.attribute)}" if isinstance(line, BlockAttribute) else line.name
