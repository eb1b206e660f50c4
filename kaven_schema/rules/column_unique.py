"""Two fields of a model that are stored in one column."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind


def check(context: BlockContext) -> Iterator[Finding]:
    fields = context.entry.facts.fields
    if len({field.column for field in fields}) == len(fields):
        return
    seen: dict[str, FieldFacts] = {}
    for field in fields:
        if _has_a_column(field, context):
            first = seen.setdefault(field.column, field)
            if first.name != field.name:
                yield _finding(context, first, field)


def _has_a_column(field: FieldFacts, context: BlockContext) -> bool:
    if field.is_scalar:
        return True
    return context.kinds.get(field.type) in (BlockKind.ENUM, BlockKind.TYPE)


def _finding(context: BlockContext, first: FieldFacts, other: FieldFacts) -> Finding:
    entry = context.entry
    if entry.is_extended(first.place) and not entry.is_extended(other.place):
        first, other = other, first
    return Finding(
        message=f"`{other.name}` and `{first.name}` are both stored in the column `{other.column}`",
        labels=(
            name_place_label(entry, other.name, other.place, "the same column"),
            name_place_label(entry, first.name, first.place, "has the column"),
        ),
        help=f'give `{other.name}` a column of its own, such as @map("{other.column}_2")',
    )


RULE = Rule(
    slug="column_unique",
    severity=Severity.ERROR,
    summary="each field has a column of its own",
    check_block=check,
)
