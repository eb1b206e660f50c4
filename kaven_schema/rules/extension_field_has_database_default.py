"""A required field that is added to a model of base: rows that exist already have no value for it."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.diagnostics import Edit, Fix, Severity
from kaven_schema.rules.defaults import has_database_default
from kaven_schema.rules.fixing import make_optional
from kaven_schema.rules.places import field_node, name_place_label
from kaven_schema.rules.redeclared import added_fields
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind


def check(context: BlockContext) -> Iterator[Finding]:
    if context.entry.kind is not BlockKind.MODEL or context.settings.provider == "mongodb":
        return
    for field in added_fields(context.entry):
        if field.arity == "" and not has_database_default(field) and _is_stored(field, context):
            yield _finding(field, context)


def _is_stored(field: FieldFacts, context: BlockContext) -> bool:
    return field.is_scalar or context.kinds.get(field.type) is BlockKind.ENUM


def _finding(field: FieldFacts, context: BlockContext) -> Finding:
    part, declared = field_node(context.entry, field)
    name = f"{context.entry.name}.{field.name}"
    if field.default:
        cause = f"`{field.default if field.default.startswith('@') else f'@default({field.default})'}`"
        cause = f"only Prisma's client fills it ({cause}), so rows that exist already have no value"
    else:
        cause = "it has no default, so rows that exist already have no value"
    return Finding(
        message=f"`{name}` is required, and {cause}",
        labels=(
            name_place_label(context.entry, field.name, field.place, "added to a model of base"),
            context.entry.merged.parts[0].name_label("base defines it"),
        ),
        help=f"write `{field.name} {declared.type.name}?`, or give it a default that the database applies",
        fix=None if field.is_id else Fix(f"make `{name}` optional", tuple(_edits(field, context))),
    )


def _edits(field: FieldFacts, context: BlockContext) -> Iterator[Edit]:
    """The field becomes optional, and with it the relations that it is the key of."""
    yield make_optional(*field_node(context.entry, field))
    for other in context.entry.facts.fields:
        relation = other.relation
        if relation and field.name in relation.fields and other.arity == "" and context.entry.is_extended(other.place):
            yield make_optional(*field_node(context.entry, other))


RULE = Rule(
    slug="extension_field_has_database_default",
    severity=Severity.ERROR,
    summary="a field that is added to a model of base is optional, or the database has a default for it",
    check_block=check,
)
