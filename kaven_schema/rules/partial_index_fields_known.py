"""A partial index over a field that the model does not have, or that is no column."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.catalog.partial_indexes import Element, PartialIndex, partial_indexes
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.places import fields_by_name
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.rules.suggestions import nearest
from kaven_schema.syntax.ast import BlockKind


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    if entry.kind is not BlockKind.MODEL:
        return
    fields = fields_by_name(entry.facts)
    for index in partial_indexes(entry):
        seen: set[str] = set()
        for element in index.elements:
            field = fields.get(element.field)
            if field is None or is_relation(field, context):
                yield _unknown(context, index, element, field)
            elif element.field in seen:
                yield _twice(context, index, element)
            seen.add(element.field)


def is_relation(field: FieldFacts, context: BlockContext) -> bool:
    return context.kinds.get(field.type) in (BlockKind.MODEL, BlockKind.VIEW)


def _unknown(
    context: BlockContext, index: PartialIndex, element: Element, field: FieldFacts | None
) -> Finding:
    entry = context.entry
    if field is not None:
        keys = field.relation.fields if field.relation else ()
        message = f"`{element.field}` is a relation, and an index takes the fields that hold its key"
        help = f"write `{', '.join(keys)}`" if keys else "index the other side: its key is there"
    else:
        columns = [one.name for one in entry.facts.fields if not is_relation(one, context)]
        near = nearest(element.field, columns)
        message = f"`{entry.name}` has no field `{element.field}`"
        help = (
            f"did you mean `{near}`?"
            if near
            else f"add `{element.field}` to `{entry.name}`, or remove it here"
        )
    return Finding(message, (entry.part(index.place).label(element.span),), help)


def _twice(context: BlockContext, index: PartialIndex, element: Element) -> Finding:
    label = context.entry.part(index.place).label(element.span)
    return Finding(f"`{element.field}` is twice in one index", (label,), f"leave one `{element.field}`")


RULE = Rule(
    slug="partial_index_fields_known",
    severity=Severity.ERROR,
    summary="a partial index is over fields that hold a value and that the merged model has",
    check_block=check,
)
