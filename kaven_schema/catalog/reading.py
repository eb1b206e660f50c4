"""From the parts of a merged block to its facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kaven_schema.catalog.facts import BlockFacts, FieldFacts, IndexFacts, Place, RelationFacts
from kaven_schema.merge.pairing import MergedBlock
from kaven_schema.source import Span
from kaven_schema.syntax.ast import (
    Array,
    Attribute,
    Block,
    BlockAttribute,
    Constant,
    Expression,
    Field,
    FunctionCall,
    StringLiteral,
)
from kaven_schema.syntax.identity import OncePerTree
from kaven_schema.syntax.literals import string_value
from kaven_schema.syntax.printer import print_attribute, print_expression

_KEYS = {"id": "id", "unique": "unique", "index": "index", "fulltext": "fulltext"}


def read_facts(merged: MergedBlock) -> BlockFacts:
    """The facts of all parts together; where they contradict each other the first part counts."""
    blocks = [part.block for part in merged.parts]
    fields: list[FieldFacts] = []
    indexes: list[IndexFacts] = []
    for number, block in enumerate(blocks):
        for field in block.fields:
            fields.append(found := _field(field, number))
            if found.is_id or found.is_unique:
                indexes += _own_keys(field, number)
        indexes += [index for line in block.attributes if (index := _index(line, number))]
    return BlockFacts(
        kind=merged.kind.value,
        name=merged.name,
        table=_block_text(blocks, "map") or merged.name,
        schema=_block_text(blocks, "schema"),
        is_ignored=any(line.attribute.name == "ignore" for block in blocks for line in block.attributes),
        fields=tuple(fields),
        indexes=tuple(indexes),
        values=tuple(_values(blocks)),
        properties=tuple(_properties(blocks)),
        place=_place(0, blocks[0].name_span),
    )


def text_of(expression: Expression | None) -> str:
    """The value of a string literal, the name of a constant, and anything else as it is printed."""
    match expression:
        case None:
            return ""
        case StringLiteral():
            return string_value(expression.raw)
        case Constant():
            return expression.name
        case _:
            return print_expression(expression)


def names_in(expression: Expression | None) -> tuple[str, ...]:
    """The fields of `[a, b(sort: Desc), c.d]`; one field alone needs no brackets."""
    if expression is None:
        return ()
    elements = expression.elements if isinstance(expression, Array) else (expression,)
    return tuple(element.name for element in elements if isinstance(element, Constant | FunctionCall))


def _place(part: int, span: Span) -> Place:
    return Place(part, span.start, span.end)


class _Said(NamedTuple):
    """What the attributes of a field say, and the one that tells of its relation."""

    column: str
    is_id: bool
    is_unique: bool
    is_ignored: bool
    default: str
    native: str
    constraint: str
    relation: Attribute | None


_NOTHING_SAID = _Said("", False, False, False, "", "", "", None)


def _field(field: Field, part: int) -> FieldFacts:
    said = _said(field.attributes) if field.attributes else _NOTHING_SAID
    return FieldFacts(
        field.name,
        field.type.name,
        str(field.type.arity),
        said.column or field.name,
        said.is_id,
        said.is_unique,
        said.is_ignored,
        said.default,
        said.native,
        said.constraint,
        _relation(said.relation, field, part) if said.relation else None,
        Place(part, *field.span),
    )


@OncePerTree
def _said(attributes: tuple[Attribute, ...]) -> _Said:
    by_name = {attribute.name: attribute for attribute in reversed(attributes)}
    key = by_name.get("id") or by_name.get("unique")
    return _Said(
        column=_text(by_name.get("map"), "name", ""),
        is_id="id" in by_name,
        is_unique="unique" in by_name,
        is_ignored="ignore" in by_name,
        default=_default(by_name),
        native=next((print_attribute(found) for found in attributes if "." in found.name), ""),
        constraint=_text(key, "map"),
        relation=by_name.get("relation"),
    )


def _default(by_name: dict[str, Attribute]) -> str:
    if "default" in by_name:
        value = by_name["default"].argument("value", "")
        return print_expression(value) if value is not None else ""
    return "@updatedAt" if "updatedAt" in by_name else ""


def _relation(attribute: Attribute, field: Field, part: int) -> RelationFacts:
    return RelationFacts(
        name=_text(attribute, "name", ""),
        fields=names_in(attribute.argument("fields")),
        references=names_in(attribute.argument("references")),
        on_delete=_text(attribute, "onDelete"),
        on_update=_text(attribute, "onUpdate"),
        constraint=_text(attribute, "map"),
        place=_place(part, field.place_of(attribute)),
    )


def _own_keys(field: Field, part: int) -> Iterator[IndexFacts]:
    for attribute in field.attributes:
        if attribute.name in ("id", "unique"):
            place = _place(part, field.place_of(attribute))
            constraint = _text(attribute, "map")
            yield IndexFacts(attribute.name, (field.name,), constraint, "", "field", place)


def _index(line: BlockAttribute, part: int) -> IndexFacts | None:
    attribute = line.attribute
    if attribute.name not in _KEYS:
        return None
    fields = names_in(attribute.argument("fields", ""))
    constraint = name = ""
    if attribute.arguments and len(attribute.arguments.items) > 1:
        constraint, name = _text(attribute, "map"), _text(attribute, "name")
    return IndexFacts(attribute.name, fields, constraint, name, "block", Place(part, *line.span))


def _text(attribute: Attribute | None, *names: str) -> str:
    return text_of(attribute.argument(*names)) if attribute else ""


def _block_text(blocks: list[Block], name: str) -> str:
    lines = (line.attribute for block in blocks for line in block.attributes if line.attribute.name == name)
    return next((_text(attribute, "name", "") for attribute in lines), "")


def _values(blocks: list[Block]) -> Iterator[tuple[str, str, Place]]:
    for number, block in enumerate(blocks):
        for value in block.values:
            stored = _text(value.attribute("map"), "name", "") or value.name
            yield value.name, stored, _place(number, value.span)


def _properties(blocks: list[Block]) -> Iterator[tuple[str, str]]:
    for block in blocks:
        yield from ((line.name, text_of(line.value)) for line in block.properties)
