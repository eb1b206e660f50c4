"""A relation of which no side says where its key is."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Label, Severity
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.relations import (
    RelationField,
    by_relation,
    is_ambiguous,
    key_line,
    opposites,
    relation_fields,
    single_id,
)
from kaven_schema.rules.rule import Finding, Rule, SchemaContext
from kaven_schema.syntax.literals import string_literal


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
    return Finding(
        message=f"neither `{holder.shown}` nor `{other.shown}` says which fields hold the key",
        labels=(_label(holder, "`fields` is missing"), _label(other, "its opposite")),
        help=_help(holder),
    )


def _help(holder: RelationField) -> str:
    key, identity = f"{holder.field.name}Id", single_id(holder.target)
    name = f"{string_literal(holder.relation_name)}, " if holder.relation_name else ""
    relation = f"@relation({name}fields: [{key}], references: [{identity.name if identity else 'id'}])"
    if holder.entry.facts.field(key):
        return f"write `{relation}` behind the type of `{holder.shown}`"
    line = key_line(key, identity, holder.field.arity)
    return (
        f"add `{line}` to `{holder.entry.name}`, and write `{relation}` behind the type of `{holder.shown}`"
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
