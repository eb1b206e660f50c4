"""A required relation over a field that may be null."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.fixing import make_optional
from kaven_schema.rules.places import field_node, fields_by_name, name_place_label, type_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule


def check(context: BlockContext) -> Iterator[Finding]:
    facts = context.entry.facts
    required = [field for field in facts.fields if field.relation and field.arity == ""]
    fields = fields_by_name(facts) if required else {}
    for field in required:
        names = field.relation.fields if field.relation else ()
        optional = [fields[name] for name in names if name in fields and fields[name].is_optional]
        if optional and fields[field.name] is field:
            yield _finding(context, field, optional[0])


def _finding(context: BlockContext, field: FieldFacts, scalar: FieldFacts) -> Finding:
    entry = context.entry
    part, declared = field_node(entry, field)
    fix = Fix(f"make `{entry.name}.{field.name}` optional", (make_optional(part, declared),))
    return Finding(
        message=f"`{field.name}` is required, but its field `{scalar.name}` is optional",
        labels=(
            type_label(part, declared, "required"),
            name_place_label(entry, scalar.name, scalar.place, "may be null"),
        ),
        help=f"write `{field.name} {field.type}?`",
        fix=fix if entry.is_extended(field.place) else None,
    )


RULE = Rule(
    slug="relation_optional_like_fields",
    severity=Severity.ERROR,
    summary="a relation over an optional field is optional itself",
    check_block=check,
)
