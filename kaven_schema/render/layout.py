"""The order of the whole file: base with its extensions folded in, then what only extended has, file by file.

Every comment outside a block stays: one right above an extension goes with it, above the block that it re-opens;
any other keeps its place in its file's section.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kaven_schema.merge.pairing import Layers, MergedBlock, Part
from kaven_schema.source import Source
from kaven_schema.syntax.ast import BlockKind, Comment, EmptyLines
from kaven_schema.syntax.document import BlockText, Document
from kaven_schema.syntax.printer import comment_lines, spaced


class Origin(NamedTuple):
    """Where a line of the output comes from: a file, and a line in it counted from 1."""

    path: str
    line: int


class RenderedBlock(NamedTuple):
    """A merged block and its text."""

    merged: MergedBlock
    text: str


class CommentChunk(NamedTuple):
    """Comments that stand together outside any block, each with its place; a title of ours has none."""

    lines: tuple[tuple[str, Source | None, int], ...]

    @property
    def text(self) -> str:
        return "\n".join(line for line, _, _ in self.lines)

    def origins(self) -> Iterator[Origin | None]:
        for _, source, offset in self.lines:
            yield _origin(source, offset) if source else None


class Chunk(NamedTuple):
    """A piece of the output; an empty line stands behind it unless it belongs to the block below it."""

    content: RenderedBlock | CommentChunk
    joins_next: bool = False

    @property
    def text(self) -> str:
        return self.content.text if self.joins_next else self.content.text + "\n"


def _origin(source: Source, offset: int) -> Origin:
    return Origin(source.path, source.position(offset).line)


def lay_out(layers: Layers, rendered: Mapping[BlockText, RenderedBlock]) -> list[Chunk]:
    """`rendered` maps the first part of every merged block to its text. No chunk of the last section joins."""
    moved = _comments_of_extensions(layers)
    chunks = list(_document_chunks(layers.base, rendered, moved, ()))
    for document in layers.extended:
        chunks += _document_chunks(document, rendered, moved, _title(document, rendered))
    return chunks


_Comments = tuple[tuple[str, Source | None, int], ...]


class _Moved(NamedTuple):
    """The comments that go with extensions to the block that those re-open, and the identities of their nodes."""

    by_extension: dict[BlockText, list[tuple[str, Source | None, int]]]
    nodes: set[int]


def _document_chunks(
    document: Document, rendered: Mapping[BlockText, RenderedBlock], moved: _Moved, title: _Comments
) -> Iterator[Chunk]:
    waiting = list(title)
    for item in spaced(document.items):
        match item:
            case Comment() if id(item) not in moved.nodes:
                waiting += _lines(document.source, item)
            case EmptyLines():
                if len(waiting) > len(title):
                    yield Chunk(CommentChunk(tuple(waiting)))
                    waiting, title = [], ()
            case BlockText() if item in rendered:
                extensions = rendered[item].merged.parts[1:]
                waiting += [line for part in extensions for line in moved.by_extension.get(part.text, ())]
                if waiting:
                    yield Chunk(CommentChunk(tuple(waiting)), joins_next=True)
                waiting, title = [], ()
                yield Chunk(rendered[item])
    if len(waiting) > len(title):
        yield Chunk(CommentChunk(tuple(waiting)))


def _comments_of_extensions(layers: Layers) -> _Moved:
    """Those right above an extension, and the one behind its `}`."""
    moved = _Moved({part.text: [] for block in layers.blocks for part in block.extensions}, set())
    for document in layers.extended:
        above: list[Comment] = []
        closed: BlockText | None = None
        for item in document.items:
            if isinstance(item, Comment):
                if closed and not item.is_documentation:
                    _move([item], closed, document.source, moved)
                else:
                    above.append(item)
                closed = None
                continue
            if isinstance(item, BlockText):
                _move(above, item, document.source, moved)
            above, closed = [], item if isinstance(item, BlockText) else None
    return moved


def _move(comments: Sequence[Comment], extension: BlockText, source: Source, moved: _Moved) -> None:
    if extension in moved.by_extension:
        moved.by_extension[extension] += [line for comment in comments for line in _lines(source, comment)]
        moved.nodes.update(map(id, comments))


def _lines(source: Source, comment: Comment) -> list[tuple[str, Source | None, int]]:
    return [(line, source, comment.span.start) for line in comment_lines(comment.text)]


def _title(document: Document, rendered: Mapping[BlockText, RenderedBlock]) -> _Comments:
    kinds = {block.kind for block in document.blocks if block in rendered}
    if kinds & {BlockKind.MODEL, BlockKind.VIEW}:
        what = "Extended tables (from"
    else:
        what = "Extended types (from" if kinds else "Extended schema (from"
    return ((f"// {what} {os.path.basename(document.source.path)})", None, 0),)


PlacesOf = Callable[[MergedBlock], Iterable[tuple[int, int] | None]]


def line_origins(chunks: Sequence[Chunk], places_of: PlacesOf) -> Iterator[Origin | None]:
    """One for each line of the chunks' text, empty lines among them; `places_of` knows the lines of a block."""
    for chunk in chunks:
        if isinstance(chunk.content, CommentChunk):
            yield from chunk.content.origins()
        else:
            parts = chunk.content.merged.parts
            for place in places_of(chunk.content.merged):
                text = parts[place[0]].text if place else None
                yield _origin(text.source, text.offset + place[1]) if text and place else None
        if not chunk.joins_next:
            yield None


def first_part(block: MergedBlock) -> BlockText:
    part: Part = block.parts[0]
    return part.text
