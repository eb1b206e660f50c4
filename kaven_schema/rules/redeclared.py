"""What extensions declare again, beside what base declares; and when two declarations say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.merge.pairing import Part
from kaven_schema.syntax.ast import Attribute, Field
from kaven_schema.syntax.printer import print_attribute, print_expression

_MAIN_ARGUMENT = {"default": "value", "relation": "name", "map": "name"}


class Redeclared(NamedTuple):
    """A field of base, and the field of the same name in an extension."""

    base: Part
    original: Field
    extension: Part
    again: Field

    @property
    def is_identical(self) -> bool:
        return self.original.type == self.again.type and same_attributes(
            self.original.attributes, self.again.attributes
        )


def extensions(entry: Entry) -> tuple[Part, ...]:
    """The parts that re-open a block of base as what it is; another kind is a finding of its own."""
    return tuple(part for part in entry.merged.extensions if part.text.kind is entry.kind)


def redeclared_fields(entry: Entry) -> Iterator[Redeclared]:
    base = entry.merged.base
    if base is None or not entry.merged.extensions or _all_differ(entry):
        return
    originals = {field.name: field for field in reversed(base.block.fields)}
    for part in extensions(entry):
        for field in part.block.fields:
            if field.name in originals:
                yield Redeclared(base, originals[field.name], part, field)


def _all_differ(entry: Entry) -> bool:
    fields = entry.facts.fields
    return len({field.name for field in fields}) == len(fields)


def added_fields(entry: Entry) -> Iterator[FieldFacts]:
    """The fields that extensions add to a block of base."""
    if entry.merged.extensions:
        known = {field.name for field in entry.facts.fields if not entry.is_extended(field.place)}
        for field in entry.facts.fields:
            if field.name not in known and entry.is_extended(field.place):
                yield field


def same_attributes(left: tuple[Attribute, ...], right: tuple[Attribute, ...]) -> bool:
    """True where two lists of attributes mean the same, whatever their order and their blanks."""
    return left == right or sorted(map(meaning, left)) == sorted(map(meaning, right))


def meaning(attribute: Attribute) -> str:
    """A text that is equal for equal meanings: `@id()` is `@id`, and named arguments have no order."""
    items = attribute.arguments.items if attribute.arguments else ()
    main = _MAIN_ARGUMENT.get(attribute.name, "")
    arguments = [(item.name or main, print_expression(item.value) if item.value else "") for item in items]
    positional = [value for name, value in arguments if not name]
    return f"{attribute.name}{positional}{sorted((name, value) for name, value in arguments if name)}"


def written(attributes: tuple[Attribute, ...]) -> str:
    return " ".join(print_attribute(attribute) for attribute in attributes)
