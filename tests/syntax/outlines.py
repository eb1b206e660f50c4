"""Trees as people compare them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kaven_schema.syntax.document import Document
from kaven_schema.syntax.dump import dump_document


def outline(document: Document) -> str:
    """A node a line: what it is, where it stands, what it says."""
    return "".join(line for item in dump_document(document)["items"] for line in _lines(item, ""))


def _lines(value: dict[str, Any], indent: str) -> Iterator[str]:
    children = {name: item for name, item in value.items() if isinstance(item, dict | list) and name != "at"}
    said = [
        f"{name}={item!r}" for name, item in value.items() if name not in ("node", "at", *children) and item
    ]
    line, column, end_line, end_column = value["at"]
    yield " ".join([f"{indent}{value['node']} {line}:{column}-{end_line}:{end_column}", *said]) + "\n"
    for child in children.values():
        for item in child if isinstance(child, list) else [child]:
            yield from _lines(item, indent + "  ")
