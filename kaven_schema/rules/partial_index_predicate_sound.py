"""The predicate of a partial index that PostgreSQL would refuse, or read otherwise than it was meant."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.partial_indexes import PartialIndex, partial_indexes
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.fixing import replace
from kaven_schema.rules.partial_index_fields_known import is_relation
from kaven_schema.rules.predicates import Columns, Flaw, flaws
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind
from kaven_schema.syntax.literals import string_literal


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    if entry.kind is not BlockKind.MODEL:
        return
    if indexes := partial_indexes(entry):
        columns = _columns(context)
        for index in indexes:
            for flaw in flaws(index.where, columns):
                yield _finding(context, index, flaw)


def _columns(context: BlockContext) -> Columns:
    fields = [field for field in context.entry.facts.fields if not is_relation(field, context)]
    return Columns(
        names=[field.column for field in fields],
        by_field={field.name: field.column for field in fields if field.name != field.column},
    )


def _finding(context: BlockContext, index: PartialIndex, flaw: Flaw) -> Finding:
    entry = context.entry
    part = entry.part(index.place)
    span = index.where_span(flaw.start, flaw.end)
    fix = None
    if flaw.replacement and entry.is_extended(index.place) and span.start < span.end:
        written = string_literal(flaw.replacement)[1:-1]
        fix = Fix(f"write {flaw.replacement}", (replace(part, span, written),))
    return Finding(flaw.message, (part.label(span),), flaw.help, fix)


RULE = Rule(
    slug="partial_index_predicate_sound",
    severity=Severity.ERROR,
    summary="the predicate of a partial index is a condition on columns of its own table",
    check_block=check,
)
