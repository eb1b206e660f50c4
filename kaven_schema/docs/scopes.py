"""Whose rows a model holds, in words."""

from __future__ import annotations

from collections.abc import Collection

from kaven_schema.catalog.catalog import Catalog
from kaven_schema.catalog.scoping import TENANT, declares_global, scopes
from kaven_schema.syntax.ast import BlockKind


def describe_scopes(catalog: Catalog, global_models: Collection[str]) -> dict[str, str]:
    """By model; none where there is no model `Tenant`, or where nothing is declared."""
    if catalog.kind_of(TENANT) is not BlockKind.MODEL:
        return {}
    known = scopes(catalog)
    found = {}
    for entry in catalog.of_kind(BlockKind.MODEL):
        scope = known.get(entry.name)
        if entry.name == TENANT:
            found[TENANT] = "The tenant itself."
        elif scope:
            path = ".".join((*scope.path, scope.field))
            who = (
                "A tenant's own rows"
                if scope.is_certain
                else "A tenant's own rows, and rows without a tenant"
            )
            found[entry.name] = f"{who}, told by `{path}`."
        elif entry.name in global_models or declares_global(entry):
            found[entry.name] = "Rows of no tenant: declared global."
    return found
