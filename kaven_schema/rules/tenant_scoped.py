"""A model of the developer's that neither belongs to a tenant nor is declared global."""

from __future__ import annotations

from collections.abc import Container, Iterator

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.scoping import TENANT, TENANT_FIELD, declares_global, scopes
from kaven_schema.diagnostics import Label, Severity
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.rule import Finding, Rule, SchemaContext
from kaven_schema.syntax.ast import BlockKind


def check(context: SchemaContext) -> Iterator[Finding]:
    catalog = context.catalog
    scoped = scopes(catalog)
    if not scoped:
        return
    for entry in catalog.of_kind(BlockKind.MODEL):
        is_judged = not entry.is_vendors and entry.name not in scoped
        if is_judged and entry.name not in context.settings.global_models and not declares_global(entry):
            yield Finding(
                message=f"`{entry.name}` belongs to no tenant, and is not declared global",
                labels=(
                    entry.merged.parts[0].name_label("whose rows are these?"),
                    *_loose_ends(entry, scoped),
                ),
                help=_help(catalog),
            )


def _loose_ends(entry: Entry, scoped: Container[str]) -> Iterator[Label]:
    """Relations that would lead to a tenant, if they were required."""
    for field in entry.facts.fields:
        if field.relation and field.relation.fields and field.is_optional and field.type in scoped:
            yield name_place_label(entry, field.name, field.place, "would tell, but may be null")


def _help(catalog: Catalog) -> str:
    tenant = catalog.by_name[TENANT].facts
    identity = next((field for field in tenant.fields if field.is_id), None)
    kind = f"{identity.type} {identity.native}".strip() if identity else "String"
    relation = f"@relation(fields: [{TENANT_FIELD}], references: [{identity.name if identity else 'id'}])"
    return (
        f"add `{TENANT_FIELD} {kind}` and `tenant {TENANT} {relation}`,"
        " or write `/// @kaven.global` above the model"
    )


RULE = Rule(
    slug="tenant_scoped",
    severity=Severity.WARNING,
    summary="a model belongs to a tenant, by itself or through required relations, or is declared global",
    check_schema=check,
)
