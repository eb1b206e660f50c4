"""An index that leaves out the tenant, by which nearly every query filters first."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import NamedTuple

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import FieldFacts, IndexFacts
from kaven_schema.catalog.partial_indexes import partial_indexes
from kaven_schema.catalog.scoping import TENANT_FIELD
from kaven_schema.diagnostics import Edit, Fix, Label, Severity
from kaven_schema.rules.index_lines import add_index, index_line, lead_index, remove_index, widen_index
from kaven_schema.rules.index_nodes import IndexNode, index_node
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule
from kaven_schema.rules.shapes import is_join
from kaven_schema.syntax.ast import BlockKind

# What the specification promises an index for, tenant by tenant.
_PROMISED = ("createdAt", "email", "status")


class Composite(NamedTuple):
    """An index that the tenant and `field` want: the one to change, if there is one, and the edits."""

    field: FieldFacts
    changed: IndexFacts | None
    fields: tuple[str, ...]
    edits: tuple[Edit, ...]

    @property
    def fix(self) -> Fix | None:
        line = index_line(self.fields)
        return (
            Fix(f"make it `{line}`" if self.changed else f"add `{line}`", self.edits) if self.edits else None
        )


def check(context: BlockContext) -> Iterator[Finding]:
    for composite in missing_composites(context.entry):
        if composite.changed and composite.changed.fields != (TENANT_FIELD,):
            yield _to_lead(context.entry, composite, composite.changed)
        else:
            yield _to_add(context.entry, composite)


def missing_composites(entry: Entry) -> tuple[Composite, ...]:
    """What this rule asks for, in the order of its findings."""
    tenant = entry.facts.field(TENANT_FIELD)
    if entry.kind is not BlockKind.MODEL or tenant is None or _is_key(tenant.name, entry):
        return ()
    wanted: list[Composite] = []
    for name in _PROMISED:
        field = entry.facts.field(name)
        if field and not _is_key(name, entry) and not _has_composite(name, entry):
            alone = next((index for index in entry.facts.indexes if _is_alone(index, name, entry)), None)
            if alone:
                wanted.append(_led(entry, field, alone))
            elif not entry.is_vendors and not is_join(entry.facts):
                taken = {one.changed for one in wanted}
                wanted.append(_added(entry, field, taken))
    return tuple(wanted)


def _led(entry: Entry, field: FieldFacts, index: IndexFacts) -> Composite:
    """An index over the tenant alone goes: beside this one it would serve nothing."""
    node, by_tenant = index_node(entry, index), _by_tenant_alone(entry)
    edits: tuple[Edit, ...] = ()
    if node.options().get("type", "BTree") == "BTree":
        needless = (remove_index(by_tenant[1]),) if by_tenant and _is_plain(node) else ()
        edits = (*needless, lead_index(node, TENANT_FIELD))
    return Composite(field, index, (TENANT_FIELD, *index.fields), edits)


def _added(entry: Entry, field: FieldFacts, taken: Container[IndexFacts | None]) -> Composite:
    """An index over the tenant alone is widened, for the same reason."""
    wanted = (TENANT_FIELD, field.name)
    by_tenant = _by_tenant_alone(entry)
    if by_tenant and by_tenant[0] not in taken:
        return Composite(field, by_tenant[0], wanted, (widen_index(by_tenant[1], field.name),))
    return Composite(field, None, wanted, add_index(entry.part(field.place), wanted))


def _by_tenant_alone(entry: Entry) -> tuple[IndexFacts, IndexNode] | None:
    for index in entry.facts.indexes:
        if _is_alone(index, TENANT_FIELD, entry) and _is_plain(node := index_node(entry, index)):
            return index, node
    return None


def _is_plain(node: IndexNode) -> bool:
    options = node.options()
    return options.get("type", "BTree") == "BTree" and options.keys() <= {"type", "map", "name"}


def _is_key(name: str, entry: Entry) -> bool:
    """True where the field by itself finds a row: no tenant makes that faster."""
    return any(index.fields == (name,) and index.kind in ("id", "unique") for index in entry.facts.indexes)


def _has_composite(name: str, entry: Entry) -> bool:
    declared = [index.fields for index in entry.facts.indexes if index.kind != "fulltext"]
    declared += [index.fields for index in partial_indexes(entry)]  # whose rows are those that queries want
    return any(fields[:1] == (TENANT_FIELD,) and name in fields for fields in declared)


def _is_alone(index: IndexFacts, name: str, entry: Entry) -> bool:
    return index.kind == "index" and index.fields == (name,) and entry.is_extended(index.place)


def _to_lead(entry: Entry, composite: Composite, index: IndexFacts) -> Finding:
    node = index_node(entry, index)
    return Finding(
        message=f"`{node.shown}` of `{entry.name}` leaves out the tenant",
        labels=(
            node.label("holds the rows of all tenants together"),
            *_tenant_label(entry),
        ),
        help=f"write `{index_line(composite.fields)}`",
        fix=composite.fix,
    )


def _tenant_label(entry: Entry) -> Iterator[Label]:
    if tenant := entry.facts.field(TENANT_FIELD):
        yield name_place_label(entry, tenant.name, tenant.place, "queries filter by this first")


def _to_add(entry: Entry, composite: Composite) -> Finding:
    field = composite.field
    wanted = index_line(composite.fields)
    old = composite.changed and index_node(entry, composite.changed).shown
    return Finding(
        message=f"no index of `{entry.name}` finds a tenant's rows by `{field.name}`",
        labels=(name_place_label(entry, field.name, field.place, "queries filter or sort by this"),),
        help=f"write `{wanted}` instead of `{old}`" if old else f"add `{wanted}`",
        fix=composite.fix,
    )


RULE = Rule(
    slug="tenant_index_composite",
    severity=Severity.WARNING,
    summary="indexes over createdAt, email and status begin with the tenant",
    check_block=check,
)
