"""Which blocks belong together: a block of base, and everything in extended that re-opens it by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from kaven_schema.diagnostics import Label
from kaven_schema.source import Span
from kaven_schema.syntax.ast import Block, BlockKind, Field
from kaven_schema.syntax.document import BlockText, Document


class Layer(StrEnum):
    BASE = "base"
    EXTENDED = "extended"


class Part(NamedTuple):
    """One block of one file, and the layer it belongs to. Reading `block` parses it, once."""

    layer: Layer
    text: BlockText

    @property
    def block(self) -> Block:
        return self.text.block

    def label(self, span: Span, text: str = "") -> Label:
        """A label for a span that counts from the start of this block."""
        return self.text.label(span, text)

    def name_label(self, text: str = "") -> Label:
        return self.text.label(self.text.name_span, text)


class MergedBlock(NamedTuple):
    """The parts of one block of the merged schema, base first."""

    parts: tuple[Part, ...]

    @property
    def kind(self) -> BlockKind:
        return self.parts[0].text.kind

    @property
    def name(self) -> str:
        return self.parts[0].text.name

    @property
    def base(self) -> Part | None:
        """The vendor's part; None for a block that only extended defines."""
        return self.parts[0] if self.parts[0].layer is Layer.BASE else None

    @property
    def extensions(self) -> tuple[Part, ...]:
        """The parts in extended that re-open a block of base."""
        return tuple(part for part in self.parts if part.layer is Layer.EXTENDED) if self.base else ()

    def fields(self) -> Iterator[tuple[Part, Field]]:
        for part in self.parts:
            for field in part.block.fields:
                yield part, field


class Layers(NamedTuple):
    """The files of one project, and their blocks paired by name."""

    base: Document
    extended: tuple[Document, ...]
    blocks: tuple[MergedBlock, ...]

    @property
    def documents(self) -> tuple[Document, ...]:
        return (self.base, *self.extended)


def pair(base: Document, extended: Sequence[Document]) -> Layers:
    """Pair by name: base's blocks in its order, then those that only extended has, in the order of files."""
    parts: dict[tuple[str, str], list[Part]] = {}
    for part in _parts(base, extended):
        parts.setdefault(_pairing_key(part.text), []).append(part)
    blocks = tuple(MergedBlock(tuple(together)) for together in parts.values())
    return Layers(base, tuple(extended), blocks)


def _parts(base: Document, extended: Iterable[Document]) -> Iterator[Part]:
    yield from (Part(Layer.BASE, text) for text in base.blocks)
    for document in extended:
        yield from (Part(Layer.EXTENDED, text) for text in document.blocks)


def _pairing_key(text: BlockText) -> tuple[str, str]:
    """Models, views, types and enums share one name space; datasources and generators have one each."""
    if text.kind in (BlockKind.DATASOURCE, BlockKind.GENERATOR):
        return text.kind.value, text.name
    return "type", text.name
