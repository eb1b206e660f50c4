"""PostgreSQL's own parser, which only this module calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from kaven_schema.diagnostics import KavenError
from kaven_schema.source import Span

# Each level of an expression takes at least two characters, and under 2 KB of the parser's stack: a text this
# short fits on any thread's, a longer one gets a stack of its own, of memory that is only taken when used.
_SHORT = 4_000
_STACK_PER_CHARACTER = 1_000
_LARGEST_STACK = 2 << 30

Node = Any
"""A node of PostgreSQL's syntax tree, as protobuf."""


class SqlError(Exception):
    """PostgreSQL's parser refuses a text at an offset, in characters from 0."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Parsed:
    """One statement: `kind` as in `alter_table_stmt`, `at` turns the tree's offsets into the text's."""

    kind: str
    node: Node
    span: Span
    at: Callable[[int], int]


def parse_sql(text: str) -> tuple[Parsed, ...]:
    """The statements of a text. Raises SqlError; KavenError `sql_parser_missing` (exit 3)."""
    if "\0" in text:
        raise SqlError("a NUL character", text.index("\0"))
    # PostgreSQL's client takes a byte-order mark off; so that offsets stay, it becomes a blank.
    text = " " + text[1:] if text.startswith("\ufeff") else text
    tree = _on_large_stack(_parse, text) if len(text) > _SHORT else _parse(text)
    at = _offsets(text)
    return tuple(_statement(raw, text, at) for raw in tree.stmts)


def _parse(text: str) -> Node:
    postgast = _parser()
    decode_error: type[Exception] = import_module("google.protobuf.message").DecodeError
    try:
        return postgast.parse(text)
    except postgast.PgQueryError as error:
        raise SqlError(error.message, max(0, error.cursorpos - 1)) from None
    except decode_error:
        raise SqlError("nested too deeply to be judged", 0) from None


def _statement(raw: Node, text: str, at: Callable[[int], int]) -> Parsed:
    start = at(raw.stmt_location)
    end = at(raw.stmt_location + raw.stmt_len) if raw.stmt_len else len(text)
    body = text[start:end]
    span = Span(start + len(body) - len(body.lstrip()), start + len(body.rstrip()))
    kind = raw.stmt.WhichOneof("node")
    return Parsed(kind, getattr(raw.stmt, kind), span, at)


def _offsets(text: str) -> Callable[[int], int]:
    """From bytes, in which the tree counts, to characters."""
    if text.isascii():
        return lambda offset: offset
    encoded = text.encode()
    return lambda offset: len(encoded[:offset].decode("utf-8", "ignore"))


def _parser() -> Any:
    # Not by an import statement: its stubs are not valid Python, for which mypy stops.
    try:
        return import_module("postgast")
    except ImportError:
        raise KavenError(
            "sql_parser_missing",
            "PostgreSQL's parser is not installed",
            help="pip install 'kaven-schema[database]'",
        ) from None


def _on_large_stack(work: Callable[[str], Node], text: str) -> Node:
    """The parser recurses in C, where a stack that is too small ends the process."""
    import threading
    from concurrent.futures import ThreadPoolExecutor

    before = threading.stack_size(min(max(64 << 20, len(text) * _STACK_PER_CHARACTER), _LARGEST_STACK))
    try:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(work, text).result()
    finally:
        threading.stack_size(before)


def parse_block(body: str) -> Node:
    """A PL/pgSQL block as the parser's own JSON. Raises SqlError, whose offset is the start of a line."""
    postgast = _parser()
    mark = "$kaven$"
    try:
        return postgast.parse_plpgsql(f"DO {mark}{body}{mark}")
    except postgast.PgQueryError as error:
        lines = body.splitlines(keepends=True)
        number = int((error.context or "1").rpartition("line ")[2] or 1)
        raise SqlError(error.message, sum(map(len, lines[: number - 1]))) from None


def unwrapped(node: Node) -> Node:
    """What stands inside of a `Node`, which holds one thing of any kind."""
    kind = node.WhichOneof("node")
    return getattr(node, kind) if kind else node


def walk(node: Node) -> Iterator[tuple[str, Node]]:
    """Every node below, with its kind, in the order of the text."""
    for field, value in node.ListFields():
        if field.message_type is None:
            continue
        for child in value if hasattr(value, "__len__") else (value,):
            inner = unwrapped(child) if child.DESCRIPTOR.name == "Node" else child
            yield inner.DESCRIPTOR.name, inner
            yield from walk(inner)
