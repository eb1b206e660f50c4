"""Reading texts that a test knows to be right, and taking trees apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

from hypothesis import strategies as st

from kaven_schema.source import Source
from kaven_schema.syntax.ast import Comment, Node, Schema
from kaven_schema.syntax.dialect import DIALECTS, Dialect
from kaven_schema.syntax.document import Document, read_document


def document(text: str, dialect: Dialect = "5.17") -> Document:
    return read_document(Source("schema.prisma", text), dialect)


def tree(text: str, dialect: Dialect = "5.17") -> Schema:
    """The tree of a text without a syntax error."""
    read = document(text, dialect)
    assert not read.diagnostics(), [(found.message, found.labels[0].span) for found in read.diagnostics()]
    return read.schema()


def nodes(root: Node) -> Iterator[Node]:
    yield root
    for field in fields(root):
        value = getattr(root, field.name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, Node):
                yield from nodes(child)


def comments(text: str, dialect: Dialect = "5.17") -> Counter[str]:
    """Every comment of a text, those behind `{` among them: with two slashes, for they document nothing."""
    schema = tree(text, dialect)
    openings = (block.opening for block in schema.blocks)
    behind_braces = ("//" + opening.lstrip("/") for opening in openings if opening.startswith("//"))
    return Counter([*(node.text for node in nodes(schema) if isinstance(node, Comment)), *behind_braces])


dialects: st.SearchStrategy[Dialect] = st.sampled_from(DIALECTS)
