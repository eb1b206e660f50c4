"""A field that base, or extended, declares twice."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.places import field_node, name_place_label
from kaven_schema.rules.redeclared import same_attributes
from kaven_schema.rules.removing import remove_declaration
from kaven_schema.rules.rule import BlockContext, Finding, Rule


def check(context: BlockContext) -> Iterator[Finding]:
    fields = context.entry.facts.fields
    if len({field.name for field in fields}) == len(fields):
        return
    seen: dict[tuple[str, bool], FieldFacts] = {}
    for field in fields:
        first = seen.setdefault((field.name, context.entry.is_extended(field.place)), field)
        if first is not field:
            yield _finding(context, first, field)


def _finding(context: BlockContext, first: FieldFacts, again: FieldFacts) -> Finding:
    entry = context.entry
    return Finding(
        message=f"`{again.name}` is declared twice in `{entry.name}`",
        labels=(
            name_place_label(entry, again.name, again.place, "declared again"),
            name_place_label(entry, first.name, first.place, "first declared"),
        ),
        help=f"remove one `{again.name}`, or give it a name of its own",
        fix=_fix(context, first, again),
    )


def _fix(context: BlockContext, first: FieldFacts, again: FieldFacts) -> Fix | None:
    if not context.entry.is_extended(again.place):
        return None
    _, original = field_node(context.entry, first)
    part, copy = field_node(context.entry, again)
    if original.type != copy.type or not same_attributes(original.attributes, copy.attributes):
        return None
    return Fix(f"remove the second `{again.name}`", (remove_declaration(part, again.place.span),))


RULE = Rule(
    slug="field_unique",
    severity=Severity.ERROR,
    summary="a field is declared once",
    check_block=check,
)
