"""All that the merged schema declares, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kaven_schema.catalog.facts import BlockFacts, FieldFacts, Place
from kaven_schema.diagnostics import Label
from kaven_schema.merge.pairing import Layer, MergedBlock, Part
from kaven_schema.syntax.ast import BlockKind


class Entry(NamedTuple):
    """One merged block, and what it declares. Its `facts` cost no parsing; `merged.parts[…].block` may."""

    merged: MergedBlock
    facts: BlockFacts

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def kind(self) -> BlockKind:
        return self.merged.kind

    @property
    def is_vendors(self) -> bool:
        """True where base defines the block, whether or not extended re-opens it."""
        return self.merged.base is not None

    def part(self, place: Place) -> Part:
        return self.merged.parts[place.part]

    def is_extended(self, place: Place) -> bool:
        """True for what the developer wrote, in a block of their own or in an extension."""
        return self.part(place).layer is Layer.EXTENDED

    def label(self, place: Place, text: str = "") -> Label:
        return self.part(place).label(place.span, text)


class Catalog(NamedTuple):
    """The entries in the order of the merged schema: data blocks by name, datasources and generators apart."""

    entries: tuple[Entry, ...]
    by_name: Mapping[str, Entry]

    @staticmethod
    def of(entries: tuple[Entry, ...]) -> Catalog:
        return Catalog(entries, {entry.name: entry for entry in entries if not is_config(entry.kind)})

    def of_kind(self, *kinds: BlockKind) -> Iterator[Entry]:
        return (entry for entry in self.entries if entry.kind in kinds)

    def kind_of(self, name: str) -> BlockKind | None:
        """The kind of a model, view, type or enum; None for scalars and for names that nothing defines."""
        entry = self.by_name.get(name)
        return entry.kind if entry else None

    def target(self, field: FieldFacts) -> Entry | None:
        """The model or view that a relation field points at."""
        entry = self.by_name.get(field.type)
        return entry if entry and entry.kind in (BlockKind.MODEL, BlockKind.VIEW) else None

    def provider(self) -> str:
        """The datasource's provider, such as `postgresql`; empty where there is none."""
        return next((entry.facts.property("provider") for entry in self.of_kind(BlockKind.DATASOURCE)), "")


def is_config(kind: BlockKind) -> bool:
    return kind in (BlockKind.DATASOURCE, BlockKind.GENERATOR)
