"""Edits that add, widen and remove the lines of indexes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kaven_schema.diagnostics import Edit
from kaven_schema.merge.pairing import Part
from kaven_schema.rules.fixing import insert, replace
from kaven_schema.rules.index_nodes import IndexNode
from kaven_schema.rules.removing import remove_declaration
from kaven_schema.syntax.ast import Array, BlockAttribute, EmptyLines, Field
from kaven_schema.syntax.printer import print_expression
from kaven_schema.syntax.rows import INDENT

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


def index_line(fields: Sequence[str]) -> str:
    return f"@@index([{', '.join(fields)}])"


def add_index(part: Part, fields: Sequence[str]) -> tuple[Edit, ...]:
    """Write `@@index([…])` at the block's end, set off from what is no block attribute by an empty line."""
    members = part.block.members
    text = part.text.text
    last = members[-1].span.end if members else part.block.name_span.end
    line_break = _LINE_BREAK.search(text, last)
    if members and isinstance(members[-1], EmptyLines):
        at, found = last, _LINE_BREAK.search(text)
    else:
        at, found = (line_break.end() if line_break else last), line_break
    written = found[0] if found else "\n"
    line = insert(part, at, f"{INDENT}{index_line(fields)}{written}")
    is_set_off = members and isinstance(members[-1], BlockAttribute | EmptyLines)
    return (line,) if is_set_off else (insert(part, at, written), line)


def lead_index(node: IndexNode, field: str) -> Edit:
    """Write one more field before the others of a block's index."""
    fields = node.attribute.argument("fields", "")
    assert fields is not None, "an index without fields is no index of the catalog"
    span = node.line.place_of(fields)
    if isinstance(fields, Array):
        return insert(node.part, span.start + 1, f"{field}, ")
    return replace(node.part, span, f"[{field}, {print_expression(fields)}]")


def widen_index(node: IndexNode, field: str) -> Edit:
    """Write one more field behind the others of a block's index."""
    fields = node.attribute.argument("fields", "")
    assert fields is not None, "an index without fields is no index of the catalog"
    span = node.line.place_of(fields)
    if isinstance(fields, Array):
        return insert(node.part, node.line.place_of(fields.elements[-1]).end, f", {field}")
    return replace(node.part, span, f"[{print_expression(fields)}, {field}]")


def without(node: IndexNode, field: str) -> str:
    """What to type so that an index no longer holds a field."""
    if isinstance(node.line, Field):
        return f"remove `{node.shown}` from `{field}`"
    return f"remove `{field}` from `{node.shown}`" if len(node.elements()) > 1 else f"remove `{node.shown}`"


def remove_index(node: IndexNode) -> Edit:
    """Remove the line of a block's index."""
    return remove_declaration(node.part, node.line.span)
