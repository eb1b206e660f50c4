"""Relation fields, and which of them belong together."""

from __future__ import annotations

from typing import NamedTuple

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.facts import SCALARS, FieldFacts
from kaven_schema.syntax.ast import BlockKind
from kaven_schema.syntax.identity import OncePerTree

RelationKey = tuple[str, str, str]


class RelationField(NamedTuple):
    """A field whose type is a model or view; a model named as a scalar takes no field from that."""

    entry: Entry
    field: FieldFacts
    target: Entry

    @property
    def relation_name(self) -> str:
        return self.field.relation.name if self.field.relation else ""

    @property
    def key_fields(self) -> tuple[str, ...]:
        """The fields of its model that hold the key, none on the other side."""
        return self.field.relation.fields if self.field.relation else ()

    @property
    def is_extended(self) -> bool:
        return self.entry.is_extended(self.field.place)

    @property
    def is_self_relation(self) -> bool:
        return self.entry is self.target

    @property
    def shown(self) -> str:
        return f"{self.entry.name}.{self.field.name}"


def key_line(name: str, identity: FieldFacts | None, arity: str = "") -> str:
    """What to type for a field that holds a key over `identity`, as far as that is known."""
    if identity is None:
        return name
    return f"{name} {identity.type}{arity} {identity.native}".rstrip()


def single_id(entry: Entry) -> FieldFacts | None:
    return next((field for field in entry.facts.fields if field.is_id), None)


def _relation_fields(catalog: Catalog) -> list[RelationField]:
    blocks = list(catalog.of_kind(BlockKind.MODEL, BlockKind.VIEW))
    targets = {entry.name: entry for entry in blocks if entry.name not in SCALARS}
    return [
        RelationField(entry, field, targets[field.type])
        for entry in blocks
        for field in entry.facts.fields
        if field.type in targets
    ]


relation_fields = OncePerTree(_relation_fields, most=1)  # several rules ask, of one catalog after the other


def _by_relation(fields: list[RelationField]) -> dict[RelationKey, list[RelationField]]:
    """Grouped by owner, target and relation name: where all is well one field, in a self-relation two.

    A field that is declared twice counts once: that is a finding of its own.
    """
    groups: dict[RelationKey, list[RelationField]] = {}
    for found in fields:
        groups.setdefault((found.entry.name, found.field.type, found.relation_name), []).append(found)
    for key, group in groups.items():
        if len(group) > 1:
            groups[key] = list({found.field.name: found for found in reversed(group)}.values())[::-1]
    return groups


by_relation = OncePerTree(_by_relation, most=1)


def is_ambiguous(group: list[RelationField]) -> bool:
    """True where Prisma cannot tell which of several fields is the opposite of another."""
    if group[0].is_self_relation and group[0].relation_name:
        return len(group) > 2
    return len(group) > 1


def opposites(found: RelationField, groups: dict[RelationKey, list[RelationField]]) -> list[RelationField]:
    """The fields on the target that point back under the same relation name."""
    back = groups.get((found.field.type, found.entry.name, found.relation_name), [])
    return [other for other in back if other is not found]
