"""A file as blocks and what stands between them: each block is found here, and read only when somebody asks."""

from __future__ import annotations

from typing import NamedTuple

from kaven_schema.diagnostics import Diagnostic, Label, Severity
from kaven_schema.source import Source, Span
from kaven_schema.syntax.ast import Block, BlockKind, Comment, EmptyLines, Schema
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.lines import BLANK, ParsedBlock, block_head, comment_node, file_items, parse_block
from kaven_schema.syntax.problems import Problem, explain_outside, first_of

SYNTAX_ERROR = "syntax_error"


class BlockText(NamedTuple):
    """One block of a file, found but not read. `offset` is where its text begins in the file."""

    source: Source
    dialect: Dialect
    kind: BlockKind
    name: str
    name_span: Span
    text: str
    offset: int

    def parsed(self) -> ParsedBlock:
        """The block's tree and what is wrong in it; equal texts share one tree."""
        return parse_block(self.text, self.dialect)

    @property
    def block(self) -> Block:
        return self.parsed().block

    def label(self, span: Span, text: str = "") -> Label:
        """A label for a span that counts from the start of this block."""
        return Label(self.source, span.shifted(self.offset), text)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return tuple(_diagnostic(self.source, problem, self.offset) for problem in self.parsed().problems)


class Document(NamedTuple):
    """A file's items in their order, and the diagnostics of the lines outside any block."""

    source: Source
    dialect: Dialect
    items: tuple[BlockText | Comment | EmptyLines, ...]
    outside: tuple[Diagnostic, ...]

    @property
    def blocks(self) -> tuple[BlockText, ...]:
        return tuple(item for item in self.items if isinstance(item, BlockText))

    def schema(self) -> Schema:
        items = tuple(item.block if isinstance(item, BlockText) else item for item in self.items)
        return Schema(items=items, span=Span(0, len(self.source.text)))

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every syntax error of the file, in its order."""
        inside = [found for block in self.blocks for found in block.diagnostics()]
        return tuple(sorted((*self.outside, *inside), key=lambda found: found.labels[0].span))


def read_document(source: Source, dialect: Dialect = "5.17") -> Document:
    """Split a file into its items. Linear, and it reads no block."""
    items: list[BlockText | Comment | EmptyLines] = []
    unknown: list[tuple[int, str]] = []
    for item in file_items(source.text, dialect):
        start = item.start()
        match item.lastgroup:
            case "BLOCK":
                items.append(_block_text(source, dialect, item[0], start))
            case "COMMENT_LINE":
                items.append(comment_node(item[0], start))
            case "EMPTY_LINES":
                items.append(EmptyLines(span=Span(*item.span())))
            case "UNKNOWN_LINE":
                unknown.append((start, item[0]))
    problems = first_of(explain_outside(unknown, dialect))
    return Document(
        source, dialect, tuple(items), tuple(_diagnostic(source, problem, 0) for problem in problems)
    )


def _block_text(source: Source, dialect: Dialect, written: str, start: int) -> BlockText:
    kind, name, name_span = block_head(written, dialect)
    indent = len(written) - len(written.lstrip(BLANK))
    return BlockText(
        source=source,
        dialect=dialect,
        kind=kind,
        name=name,
        name_span=name_span.shifted(-indent),
        text=written[indent:],
        offset=start + indent,
    )


def _diagnostic(source: Source, problem: Problem, offset: int) -> Diagnostic:
    return Diagnostic(
        rule=SYNTAX_ERROR,
        severity=Severity.ERROR,
        message=problem.message,
        labels=(Label(source, problem.span.shifted(offset), problem.label),),
        help=problem.help,
    )
