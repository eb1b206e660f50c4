"""What extended names of base, and the new base no longer has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kaven_schema.catalog.reading import names_in, text_of
from kaven_schema.diagnostics import Label
from kaven_schema.source import Span
from kaven_schema.syntax.ast import Attribute, EnumValue, Field, Line
from kaven_schema.syntax.document import BlockText, Document
from kaven_schema.update.plan.adopting import block_key
from kaven_schema.update.plan.breaks import Break


class _Names(NamedTuple):
    """The fields and values of every block of some files, by the block's name."""

    blocks: Mapping[str, BlockText]
    members: Mapping[str, frozenset[str]]

    @staticmethod
    def of(documents: Iterable[Document]) -> _Names:
        blocks: dict[str, BlockText] = {}
        members: dict[str, frozenset[str]] = {}
        for document in documents:
            for text in document.blocks:
                if block_key(text)[0] == "type":
                    blocks.setdefault(text.name, text)
                    declared = frozenset(one.name for one in _members_of(text))
                    members[text.name] = members.get(text.name, frozenset()) | declared
        return _Names(blocks, members)

    def has(self, block: str, member: str) -> bool:
        return member in self.members.get(block, ())


def _members_of(text: BlockText) -> Iterator[Field | EnumValue]:
    yield from text.block.fields
    yield from text.block.values


def find_dangling(
    old: Document, new: Document, extended: Sequence[Document], renamed: Mapping[str, str]
) -> tuple[Break, ...]:
    """`renamed` are the paths that the release renamed, with the new ones."""
    search = _Search(_Names.of([old]), _Names.of([new]), _Names.of(extended), renamed)
    return tuple(
        found for document in extended for text in document.blocks for found in search.in_block(text)
    )


class _Search(NamedTuple):
    old: _Names
    new: _Names
    own: _Names
    renamed: Mapping[str, str]

    def in_block(self, text: BlockText) -> Iterator[Break]:
        if block_key(text)[0] != "type":
            return
        if text.name in self.old.blocks and text.name not in self.new.blocks:
            yield self._target(text)
        for field in text.block.fields:
            yield from self._in_field(text, field)
        for line in text.block.attributes:
            names = names_in(line.attribute.argument("fields", ""))
            yield from self._members(text, line, line.attribute, text.name, names)

    def _in_field(self, text: BlockText, field: Field) -> Iterator[Break]:
        type_ = field.type.name
        if type_ in self.old.blocks and type_ not in self.new.blocks and type_ not in self.own.blocks:
            label = text.label(field.type.span, "your field is of this type")
            yield self._reference(f"{text.name}.{field.name}", type_, label, self._block_label(type_))
        for attribute in field.attributes:
            if attribute.name == "relation":
                keys = names_in(attribute.argument("fields"))
                yield from self._members(text, field, attribute, text.name, keys)
                there = names_in(attribute.argument("references"))
                yield from self._members(text, field, attribute, type_, there)
            elif attribute.name == "default":
                value = attribute.argument("value", "")
                yield from self._members(text, field, attribute, type_, (text_of(value),))

    def _members(
        self, text: BlockText, line: Line, attribute: Attribute, block: str, names: Iterable[str]
    ) -> Iterator[Break]:
        for name in names:
            gone = self.old.has(block, name) and not self.new.has(block, name)
            if gone and block in self.new.blocks and not self.own.has(block, name):
                label = text.label(line.place_of(attribute), "your declaration names it")
                yield self._reference(text.name, f"{block}.{name}", label, self._member_label(block, name))

    def _target(self, text: BlockText) -> Break:
        now = self.renamed.get(text.name, "")
        message = f"extended re-opens `{text.name}`, which the release no longer has"
        labels = (text.label(text.name_span, "yours"), self._block_label(text.name))
        return Break("extension_target_kept", text.name, message + self._became(now), labels)

    def _reference(self, path: str, name: str, label: Label, base_label: Label) -> Break:
        message = f"`{path}` of extended names `{name}`, which the release no longer has"
        now = self.renamed.get(name, "")
        return Break("extension_reference_kept", path, message + self._became(now), (label, base_label))

    def _became(self, now: str) -> str:
        return f": it is `{now}` now" if now else ""

    def _block_label(self, name: str) -> Label:
        text = self.old.blocks[name]
        return text.label(text.name_span, "in the installed release")

    def _member_label(self, block: str, name: str) -> Label:
        text = self.old.blocks[block]
        declared = next(one for one in _members_of(text) if one.name == name)
        start = declared.span.start
        return text.label(Span(start, start + len(name)), "in the installed release")
