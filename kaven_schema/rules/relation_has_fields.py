"""A relation of which no side says where its key is."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Label, Severity
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.relations import RelationField, by_relation, is_ambiguous, opposites, relation_fields
from kaven_schema.rules.rule import Finding, Rule, SchemaContext


def check(context: SchemaContext) -> Iterator[Finding]:
    groups = by_relation(relation_fields(context.catalog))
    seen: set[str] = set()
    for group in groups.values():
        single = group[0]
        if single.field.is_list or single.key_fields or is_ambiguous(group):
            continue
        back = opposites(single, groups)
        if len(back) != 1 or single.shown in seen:
            continue
        if not back[0].key_fields:
            seen.add(back[0].shown)
            yield _nowhere(*_holder_first(single, back[0]))
        elif back[0].field.is_list:
            yield _in_a_list(single, back[0])


def _holder_first(left: RelationField, right: RelationField) -> tuple[RelationField, RelationField]:
    """The side that would hold the key: the one that is not a list, else the required one."""
    is_right = right.field.arity == "" and left.field.is_optional
    return (right, left) if is_right else (left, right)


def _nowhere(holder: RelationField, other: RelationField) -> Finding:
    name = holder.field.name
    return Finding(
        message=f"neither `{holder.shown}` nor `{other.shown}` says which fields hold the key",
        labels=(_label(holder, "`fields` is missing"), _label(other, "its opposite")),
        help=f"add the field `{name}Id`, and write `@relation(fields: [{name}Id], references: [id])`",
    )


def _in_a_list(single: RelationField, many: RelationField) -> Finding:
    return Finding(
        message=f"`{many.shown}` is a list, and a list holds no key",
        labels=(_label(many, "`fields` of a list"), _label(single, "this side can hold it")),
        help=f"move `fields` and `references` to `{single.shown}`",
    )


def _label(side: RelationField, text: str) -> Label:
    return name_place_label(side.entry, side.field.name, side.field.place, text)


RULE = Rule(
    slug="relation_has_fields",
    severity=Severity.ERROR,
    summary="one side of a relation names the fields that hold its key",
    check_schema=check,
)
