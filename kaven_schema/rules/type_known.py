"""A field of a type that nothing defines."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import SCALARS, FieldFacts
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.fixing import replace
from kaven_schema.rules.places import field_node, type_label
from kaven_schema.rules.rule import Finding, Rule, SchemaContext
from kaven_schema.rules.suggestions import Suggestions
from kaven_schema.source import Span


def check(context: SchemaContext) -> Iterator[Finding]:
    known = SCALARS | context.catalog.by_name.keys()
    suggestions = Suggestions([*sorted(SCALARS - {"Unsupported"}), *context.catalog.by_name])
    meant: dict[str, str] = {}
    for entry in context.catalog.entries:
        for field in entry.facts.fields:
            if field.type not in known:
                if field.type not in meant:
                    meant[field.type] = suggestions.nearest(field.type)
                yield _finding(entry, field, meant[field.type])


def _finding(entry: Entry, field: FieldFacts, near: str) -> Finding:
    part, declared = field_node(entry, field)
    fix = None
    if near.casefold() == field.type.casefold() and entry.is_extended(field.place):
        start = declared.type.span.start
        fix = Fix(f"write `{near}`", (replace(part, Span(start, start + len(field.type)), near),))
    return Finding(
        message=f"nothing defines the type `{field.type}`",
        labels=(type_label(part, declared, "unknown type"),),
        help=f"did you mean `{near}`?" if near else f"define `model {field.type} {{` or an enum in extended",
        fix=fix,
    )


RULE = Rule(
    slug="type_known",
    severity=Severity.ERROR,
    summary="every field's type is a scalar, or something defines it",
    check_schema=check,
)
