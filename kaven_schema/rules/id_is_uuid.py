"""Ids of the developer's models that somebody may guess, or that two databases may both give out."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.facts import BlockFacts, FieldFacts
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.merge.pairing import Part
from kaven_schema.rules.fixing import replace
from kaven_schema.rules.places import field_node, name_place_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.syntax.ast import BlockKind, Field

_OTHER_GENERATORS = ("cuid(", "nanoid(", "ulid(")


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    identity = _identity(entry.facts)
    if entry.kind is not BlockKind.MODEL or entry.is_vendors or identity is None:
        return
    if _is_foreign_key(identity, entry.facts) or _is_uuid(identity):
        return
    part, declared = field_node(entry, identity)
    yield Finding(
        message=f"`{entry.name}.{identity.name}` is no UUID",
        labels=(name_place_label(entry, identity.name, identity.place, "the id"),),
        help=f"write `{identity.name} String @id @default(uuid())`",
        fix=_fix(identity, part, declared),
    )


def _identity(facts: BlockFacts) -> FieldFacts | None:
    """The field that is the id by itself."""
    for index in facts.indexes:
        if index.kind == "id" and len(index.fields) == 1:
            return facts.field(index.fields[0])
    return None


def _is_foreign_key(identity: FieldFacts, facts: BlockFacts) -> bool:
    """The id of a one-to-one relation is the other row's."""
    return any(identity.name in field.relation.fields for field in facts.fields if field.relation)


def _is_uuid(identity: FieldFacts) -> bool:
    has_uuid_default = identity.default.startswith("uuid(") or _database_makes_uuid(identity.default)
    return identity.type == "String" and (has_uuid_default or identity.native.endswith(".Uuid"))


def _database_makes_uuid(default: str) -> bool:
    return default.startswith("dbgenerated(") and "uuid" in default.lower()


def _fix(identity: FieldFacts, part: Part, declared: Field) -> Fix | None:
    """Only another generator of texts can be exchanged: rows keep the ids that they have."""
    default = declared.attribute("default")
    if identity.type != "String" or identity.native or not identity.default.startswith(_OTHER_GENERATORS):
        return None
    assert default is not None
    edit = replace(part, declared.place_of(default), "@default(uuid())")
    return Fix(f"give `{identity.name}` the default uuid()", (edit,))


RULE = Rule(
    slug="id_is_uuid",
    severity=Severity.WARNING,
    summary="the id of a model is a UUID",
    check_block=check,
)
