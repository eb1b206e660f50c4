"""From the facts of an index to the line that declares it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import IndexFacts
from kaven_schema.diagnostics import Label
from kaven_schema.merge.pairing import Part
from kaven_schema.rules.places import line_at
from kaven_schema.syntax.ast import Array, Attribute, BlockAttribute, Constant, Expression, Field
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.lines import parse_block
from kaven_schema.syntax.printer import print_attribute, print_expression


class IndexNode(NamedTuple):
    """`@@index(…)` on a line of its own, or a field's own `@id` or `@unique`."""

    part: Part
    line: BlockAttribute | Field
    attribute: Attribute

    @property
    def is_own_line(self) -> bool:
        return isinstance(self.line, BlockAttribute)

    @property
    def shown(self) -> str:
        return ("@" if self.is_own_line else "") + print_attribute(self.attribute)

    def label(self, text: str = "") -> Label:
        return self.part.label(self.line.place_of(self.attribute), text)

    def elements(self) -> tuple[Expression, ...]:
        """The indexed fields, as written."""
        if isinstance(self.line, Field):
            return (Constant(name=self.line.name),)
        written = self.attribute.argument("fields", "")
        if written is None:
            return ()
        return written.elements if isinstance(written, Array) else (written,)

    def options(self) -> dict[str, str]:
        """The arguments beside the fields, printed."""
        items = self.attribute.arguments.items if self.attribute.arguments else ()
        return {
            item.name: print_expression(item.value)
            for item in items
            if item.value and item.name not in ("", "fields")
        }


def index_node(entry: Entry, facts: IndexFacts) -> IndexNode:
    """Reads the block."""
    part = entry.part(facts.place)
    if facts.where_written == "block":
        line = line_at(part, facts.place.start)
        assert isinstance(line, BlockAttribute)
        return IndexNode(part, line, line.attribute)
    return IndexNode(part, *_field_keys(part.text.text, part.text.dialect)[facts.place.start])


@lru_cache(maxsize=16)
def _field_keys(text: str, dialect: Dialect) -> dict[int, tuple[Field, Attribute]]:
    """The `@id` and `@unique` of fields by the offset at which they begin."""
    return {
        field.place_of(attribute).start: (field, attribute)
        for field in parse_block(text, dialect).block.fields
        for attribute in field.attributes
    }
