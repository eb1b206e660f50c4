"""The relations of a catalog, each once, with both of its sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kaven_schema.catalog.catalog import Catalog
from kaven_schema.catalog.facts import BlockFacts, Place
from kaven_schema.docs.schema import Relation
from kaven_schema.rules import relations as rules
from kaven_schema.rules.constraints import constraints
from kaven_schema.syntax.ast import BlockKind


def read_relations(catalog: Catalog, limit: int) -> tuple[Relation, ...]:
    """`limit` is how long the database lets a constraint's name be."""
    return tuple(_relations(catalog, limit))


def _relations(catalog: Catalog, limit: int) -> Iterator[Relation]:
    names = {
        (entry.name, found.place): found.name
        for entry in catalog.of_kind(BlockKind.MODEL, BlockKind.VIEW)
        for found in constraints(entry, limit)
        if found.kind == "fkey"
    }
    fields = rules.relation_fields(catalog)
    groups = rules.by_relation(fields)
    joined: set[tuple[str, str]] = set()
    for found in fields:
        opposite = next(iter(rules.opposites(found, groups)), None)
        if found.key_fields:
            yield _with_key(found, opposite, names)
        elif opposite and found.field.is_list and opposite.field.is_list and not opposite.key_fields:
            here, there = (found.entry.name, found.field.name), (opposite.entry.name, opposite.field.name)
            if there not in joined:
                joined.add(here)
                yield Relation(
                    child=there[0],
                    parent=here[0],
                    child_field=there[1],
                    parent_field=here[1],
                    is_yours=found.is_extended or opposite.is_extended,
                )


def _with_key(
    found: rules.RelationField, opposite: rules.RelationField | None, names: dict[tuple[str, Place], str]
) -> Relation:
    relation = found.field.relation
    assert relation
    is_optional = found.field.is_optional
    for_prisma = Relation(
        child=found.entry.name,
        parent=found.target.name,
        child_field=found.field.name,
        parent_field=opposite.field.name if opposite else "",
        fields=relation.fields,
        references=relation.references,
        is_unique=_is_unique(found.entry.facts, relation.fields),
        is_optional=is_optional,
        is_yours=found.is_extended,
    )
    if BlockKind.VIEW in (found.entry.kind, found.target.kind):
        return for_prisma  # a view has no constraints, and none leads to it
    actions = {"onDelete": relation.on_delete, "onUpdate": relation.on_update}
    return replace(
        for_prisma,
        on_delete=relation.on_delete or ("SetNull" if is_optional else "Restrict"),
        on_update=relation.on_update or "Cascade",
        is_default=tuple(name for name, action in actions.items() if not action),
        constraint=names.get((found.entry.name, relation.place), ""),
    )


def _is_unique(facts: BlockFacts, fields: tuple[str, ...]) -> bool:
    return any(index.kind in ("id", "unique") and set(index.fields) == set(fields) for index in facts.indexes)
