"""A model of the developer's whose rows do not tell when they were made and changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kaven_schema.catalog.catalog import Entry
from kaven_schema.diagnostics import Edit, Fix, Severity
from kaven_schema.merge.pairing import Part
from kaven_schema.rules.fixing import add_lines, insert
from kaven_schema.rules.places import name_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.rules.shapes import is_join, is_written_once
from kaven_schema.rules.words import words
from kaven_schema.syntax.ast import Attribute, BlockKind, Field
from kaven_schema.syntax.printer import print_attribute


class _Stamp(NamedTuple):
    name: str
    attribute: str
    written: str

    def is_kept_by(self, field: Field) -> bool:
        return any(_keeps(self.attribute, attribute) for attribute in field.attributes)

    def line(self, is_snake_case: bool) -> str:
        column = f' @map("{"_".join(words(self.name))}")' if is_snake_case else ""
        return f"{self.name} DateTime {self.written}{column}"


# Rows that exist already get a value by `now()`: `@updatedAt` alone gives them none.
_CREATED = _Stamp("createdAt", "@default(now())", "@default(now())")
_UPDATED = _Stamp("updatedAt", "@updatedAt", "@default(now()) @updatedAt")


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    if entry.kind is not BlockKind.MODEL or entry.is_vendors:
        return
    is_final = is_join(entry.facts) or is_written_once(entry.facts)
    for stamp in (_CREATED,) if is_final else (_CREATED, _UPDATED):
        part, field = _field(entry, stamp)
        if field is None:
            yield _missing(entry, stamp)
        elif not stamp.is_kept_by(field):
            yield _unkept(entry, part, field, stamp)


def _field(entry: Entry, stamp: _Stamp) -> tuple[Part, Field | None]:
    wanted = words(stamp.name)
    for part in entry.merged.parts:
        for field in part.block.fields:
            if words(field.name) == wanted:
                return part, field
    return entry.merged.parts[0], None


def _keeps(wanted: str, attribute: Attribute) -> bool:
    """A default that the database makes is as good as `now()`."""
    printed = print_attribute(attribute)
    return printed == wanted or (wanted == _CREATED.attribute and printed.startswith("@default(dbgenerated("))


def _missing(entry: Entry, stamp: _Stamp) -> Finding:
    part = entry.merged.parts[0]
    line = stamp.line(_maps_to_snake_case(entry))
    return Finding(
        message=f"`{entry.name}` has no `{stamp.name}`",
        labels=(part.name_label(f"add `{stamp.name}`"),),
        help=f"add `{line}`",
        fix=Fix(f"add `{stamp.name}`", (add_lines(part, (line,)),)),
    )


def _unkept(entry: Entry, part: Part, field: Field, stamp: _Stamp) -> Finding:
    return Finding(
        message=f"nothing sets `{entry.name}.{field.name}`",
        labels=(name_label(part, field, f"without {stamp.attribute}"),),
        help=f"write `{stamp.attribute}` behind its type",
        fix=_fix(part, field, stamp),
    )


def _fix(part: Part, field: Field, stamp: _Stamp) -> Fix | None:
    taken = field.attribute(stamp.attribute[1:].partition("(")[0])
    if field.type.name != "DateTime" or taken:
        return None
    edit: Edit = insert(part, field.type.span.end, f" {stamp.attribute}")
    return Fix(f"write {stamp.attribute}", (edit,))


def _maps_to_snake_case(entry: Entry) -> bool:
    return any("_" in field.column and field.column != field.name for field in entry.facts.fields)


RULE = Rule(
    slug="timestamps_present",
    severity=Severity.WARNING,
    summary="a model tells when each row was made, and changed if it can be",
    check_block=check,
)
