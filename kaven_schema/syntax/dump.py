"""A tree as plain data, with places in the file: what `kaven parse --json` prints."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from typing import Any

from kaven_schema.source import Source, Span
from kaven_schema.syntax.ast import Line, Node
from kaven_schema.syntax.document import BlockText, Document

_NOT_SHOWN = {"span", "name_span", "attributes_at", "padding", "opening_comment", "has_block_comments"}
_INSIDE_A_LINE = {"attributes", "attribute", "value"}


def dump_document(document: Document) -> dict[str, Any]:
    """`{"file", "items": [{"node": "Block", "at": [line, column, endLine, endColumn], …}, …]}`."""
    items = [
        _dump(item.block, document.source, item.offset)
        if isinstance(item, BlockText)
        else _dump(item, document.source, 0)
        for item in document.items
    ]
    return {"file": document.source.path, "items": items}


def _dump(value: object, source: Source, offset: int) -> Any:
    if isinstance(value, Node):
        return _dump_node(value, source, offset)
    if isinstance(value, tuple):
        return [_dump(item, source, offset) for item in value]
    return value.value if isinstance(value, Enum) else value


def _dump_node(node: Node, source: Source, offset: int) -> dict[str, Any]:
    dumped: dict[str, Any] = {"node": type(node).__name__, "at": _place(node.span.shifted(offset), source)}
    for field in fields(node):
        if field.name in _NOT_SHOWN:
            continue
        inside = isinstance(node, Line) and field.name in _INSIDE_A_LINE
        base = offset + node.attributes_at if inside and isinstance(node, Line) else offset
        dumped[field.name] = _dump(getattr(node, field.name), source, base)
    return dumped


def _place(span: Span, source: Source) -> list[int]:
    return [*source.position(span.start), *source.position(span.end)]
