"""Labels for the pieces of a declaration that a finding is about, and the way from facts to nodes."""

from __future__ import annotations

from functools import lru_cache

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import BlockFacts, FieldFacts, Place
from kaven_schema.diagnostics import Label
from kaven_schema.merge.pairing import Part
from kaven_schema.source import Span
from kaven_schema.syntax.ast import Attribute, EnumValue, Field, Line
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.lines import parse_block


def name_label(part: Part, declared: Field | EnumValue, text: str = "") -> Label:
    start = declared.span.start
    return part.label(Span(start, start + len(declared.name)), text)


def type_label(part: Part, declared: Field, text: str = "") -> Label:
    """The type without `?` or `[]`."""
    start, end = declared.type.span
    written = part.text.text[start:end].rstrip("?[]").rstrip()
    return part.label(Span(start, start + len(written)), text)


def arity_label(part: Part, declared: Field, text: str = "") -> Label:
    """The `?` or `[]`, or the type where there is neither."""
    end = declared.type.span.end
    arity = declared.type.arity.value
    return part.label(Span(end - len(arity), end), text) if arity else type_label(part, declared, text)


def attribute_label(part: Part, line: Line, attribute: Attribute, text: str = "") -> Label:
    return part.label(line.place_of(attribute), text)


def name_place_label(entry: Entry, name: str, place: Place, text: str = "") -> Label:
    """The name with which the declaration at a place begins."""
    return entry.label(Place(place.part, place.start, place.start + len(name)), text)


def block_label(entry: Entry, text: str = "") -> Label:
    """The block's name where the developer can change the block, else where base has it."""
    parts = entry.merged.extensions or entry.merged.parts
    return parts[0].name_label(text)


def field_node(entry: Entry, facts: FieldFacts) -> tuple[Part, Field]:
    """The field's part and node. Reads the block."""
    part = entry.part(facts.place)
    declared = _lines(part.text.text, part.text.dialect)[facts.place.start]
    assert isinstance(declared, Field)
    return part, declared


def line_at(part: Part, start: int) -> Line:
    """The line whose declaration begins at an offset of the block. Reads the block."""
    return _lines(part.text.text, part.text.dialect)[start]


@lru_cache(maxsize=16)
def _lines(text: str, dialect: Dialect) -> dict[int, Line]:
    members = parse_block(text, dialect).block.members
    return {member.span.start: member for member in members if isinstance(member, Line)}


def fields_by_name(facts: BlockFacts) -> dict[str, FieldFacts]:
    """Where a name is declared twice the first counts."""
    return {field.name: field for field in reversed(facts.fields)}
