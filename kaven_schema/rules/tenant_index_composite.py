"""An index that leaves out the tenant, by which nearly every query filters first."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import FieldFacts, IndexFacts
from kaven_schema.catalog.scoping import TENANT_FIELD
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.index_lines import add_index, index_line, lead_index
from kaven_schema.rules.index_nodes import index_node
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.rules.shapes import is_join
from kaven_schema.syntax.ast import BlockKind

# What the specification promises an index for, tenant by tenant.
_PROMISED = ("createdAt", "email", "status")


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    tenant = entry.facts.field(TENANT_FIELD)
    if entry.kind is not BlockKind.MODEL or tenant is None or _is_key(tenant.name, entry):
        return
    for name in _PROMISED:
        field = entry.facts.field(name)
        if field and not _is_key(name, entry) and not _has_composite(name, entry):
            alone = next((index for index in entry.facts.indexes if _is_alone(index, name, entry)), None)
            if alone:
                yield _to_widen(entry, alone, tenant)
            elif not entry.is_vendors and not is_join(entry.facts):
                yield _to_add(entry, field)


def _is_key(name: str, entry: Entry) -> bool:
    """True where the field by itself finds a row: no tenant makes that faster."""
    return any(index.fields == (name,) and index.kind in ("id", "unique") for index in entry.facts.indexes)


def _has_composite(name: str, entry: Entry) -> bool:
    return any(
        index.fields[:1] == (TENANT_FIELD,) and name in index.fields and index.kind != "fulltext"
        for index in entry.facts.indexes
    )


def _is_alone(index: IndexFacts, name: str, entry: Entry) -> bool:
    return index.kind == "index" and index.fields == (name,) and entry.is_extended(index.place)


def _to_widen(entry: Entry, index: IndexFacts, tenant: FieldFacts) -> Finding:
    node = index_node(entry, index)
    wanted = index_line((TENANT_FIELD, *index.fields))
    fix = None
    if node.options().get("type", "BTree") == "BTree":
        fix = Fix(f"make it `{wanted}`", (lead_index(node, TENANT_FIELD),))
    return Finding(
        message=f"`{node.shown}` of `{entry.name}` leaves out the tenant",
        labels=(
            node.label("holds the rows of all tenants together"),
            name_place_label(entry, tenant.name, tenant.place, "queries filter by this first"),
        ),
        help=f"write `{wanted}`",
        fix=fix,
    )


def _to_add(entry: Entry, field: FieldFacts) -> Finding:
    part = entry.part(field.place)
    wanted = index_line((TENANT_FIELD, field.name))
    return Finding(
        message=f"no index of `{entry.name}` finds a tenant's rows by `{field.name}`",
        labels=(name_place_label(entry, field.name, field.place, "queries filter or sort by this"),),
        help=f"add `{wanted}`",
        fix=Fix(f"add `{wanted}`", add_index(part, (TENANT_FIELD, field.name))),
    )


RULE = Rule(
    slug="tenant_index_composite",
    severity=Severity.WARNING,
    summary="indexes over createdAt, email and status begin with the tenant",
    check_block=check,
)
