"""An optional relation over fields that are never null."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.places import arity_label, field_node, fields_by_name, name_place_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule


def check(context: BlockContext) -> Iterator[Finding]:
    facts = context.entry.facts
    optional = [field for field in facts.fields if field.relation and field.is_optional]
    own = [field for field in optional if context.entry.is_extended(field.place)]
    fields = fields_by_name(facts) if own else {}
    for field in own:
        names = field.relation.fields if field.relation else ()
        keys = [fields[name] for name in names if name in fields and fields[name].arity == ""]
        if keys and len(keys) == len(names) and fields[field.name] is field:
            yield _finding(context, field, keys[0])


def _finding(context: BlockContext, field: FieldFacts, scalar: FieldFacts) -> Finding:
    part, declared = field_node(context.entry, field)
    return Finding(
        message=f"`{field.name}` is optional, but its field `{scalar.name}` is required",
        labels=(
            arity_label(part, declared, "optional"),
            name_place_label(context.entry, scalar.name, scalar.place, "never null"),
        ),
        help=f"write `{field.name} {field.type}` if there always is one, else `{scalar.name} {scalar.type}?`",
    )


RULE = Rule(
    slug="relation_required_like_fields",
    severity=Severity.WARNING,
    summary="a relation over required fields is required itself",
    check_block=check,
)
