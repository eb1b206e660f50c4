"""A one-to-one relation that is required on the side that does not hold the key."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.fixing import make_optional
from kaven_schema.rules.places import field_node, name_place_label, type_label
from kaven_schema.rules.relations import RelationField, by_relation, is_ambiguous, opposites, relation_fields
from kaven_schema.rules.rule import Finding, Rule, SchemaContext


def check(context: SchemaContext) -> Iterator[Finding]:
    groups = by_relation(relation_fields(context.catalog))
    for group in groups.values():
        for side in group:
            if side.field.arity == "" and not side.key_fields and not is_ambiguous(group):
                back = opposites(side, groups)
                if len(back) == 1 and back[0].key_fields and not back[0].field.is_list:
                    yield _finding(side, back[0])


def _finding(side: RelationField, holder: RelationField) -> Finding:
    part, declared = field_node(side.entry, side.field)
    fix = Fix(f"make `{side.shown}` optional", (make_optional(part, declared),))
    return Finding(
        message=f"`{side.shown}` is required, but the database cannot see that a `{side.field.type}` exists",
        labels=(
            type_label(part, declared, "required"),
            name_place_label(holder.entry, holder.field.name, holder.field.place, "holds the key"),
        ),
        help=f"write `{side.field.name} {side.field.type}?`",
        fix=fix if side.is_extended else None,
    )


RULE = Rule(
    slug="opposite_is_optional",
    severity=Severity.ERROR,
    summary="the side of a one-to-one relation that does not hold the key is optional",
    check_schema=check,
)
