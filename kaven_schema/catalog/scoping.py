"""Whose tenant's rows a model holds: row by row a tenant's own, or everybody's."""

from __future__ import annotations

import re
from typing import NamedTuple

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.documentation import above, text_of
from kaven_schema.syntax.ast import BlockKind

TENANT = "Tenant"
TENANT_FIELD = "tenantId"
_GLOBAL = re.compile(r"(?<!\S)@kaven\.global(?![\w.])")


class Scope(NamedTuple):
    """Where a row's tenant stands: follow `path`, and the row of `owner` there holds the tenant's id in `field`.

    `path` names relation fields, each on the model to which the one before leads; it is empty where the row
    itself tells its tenant. All of them are required; only `field` may hold null, and then `is_certain` is False.
    """

    path: tuple[str, ...]
    owner: str
    field: str
    is_certain: bool


def scope_of(catalog: Catalog, name: str) -> Scope | None:
    """The scope of one model; None for one that no tenant owns, and for a name that is no model."""
    return scopes(catalog).get(name)


def scopes(catalog: Catalog) -> dict[str, Scope]:
    """Every model that is tenant-scoped; none where there is no model `Tenant`. Linear in the schema.

    A path on which a tenant is certain counts before one that may end in null, then the shorter one, then the
    alphabet: so the order of blocks, fields and files makes no difference.
    """
    if catalog.kind_of(TENANT) is not BlockKind.MODEL:
        return {}
    own = {entry.name: scope for entry in catalog.of_kind(BlockKind.MODEL) if (scope := _own_scope(entry))}
    holders = _holders(catalog)
    found: dict[str, Scope] = {}
    for is_certain in (True, False):
        level = {name: own[name] for name in own if name not in found and own[name].is_certain is is_certain}
        while level:
            found |= level
            level = _reached(level, holders, own.keys() | found.keys())
    return found


def declares_global(entry: Entry) -> bool:
    """Whether `/// @kaven.global` stands above the model, in base or in extended. Reads no block."""
    return any(_GLOBAL.search(text_of(above(part.text))) for part in entry.merged.parts)


def _own_scope(entry: Entry) -> Scope | None:
    if entry.name == TENANT:
        identity = next((field.name for field in entry.facts.fields if field.is_id), "id")
        return Scope((), TENANT, identity, is_certain=True)
    field = entry.facts.field(TENANT_FIELD)
    if field is None or field.is_list or not field.is_scalar:
        return None
    return Scope((), entry.name, TENANT_FIELD, is_certain=not field.is_optional)


def _holders(catalog: Catalog) -> dict[str, list[tuple[str, str]]]:
    """By model: the models that hold a required foreign key to it, each with its relation field."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in catalog.of_kind(BlockKind.MODEL):
        for field in entry.facts.fields:
            if field.relation and field.relation.fields and not field.arity:
                found.setdefault(field.type, []).append((entry.name, field.name))
    return found


def _reached(
    level: dict[str, Scope], holders: dict[str, list[tuple[str, str]]], known: set[str]
) -> dict[str, Scope]:
    """The models one step further away, each with the first of its paths."""
    found: dict[str, Scope] = {}
    for target, scope in level.items():
        for holder, field in holders.get(target, ()):
            if holder not in known:
                reached = scope._replace(path=(field, *scope.path))
                found[holder] = min(reached, found.get(holder, reached))
    return found
