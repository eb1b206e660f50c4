"""The tables that hold tenants' rows, and the condition under which a row is the tenant's."""
# ruff: noqa: S608 - every name is quoted

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.facts import FieldFacts, RelationFacts
from kaven_schema.catalog.scoping import TENANT, Scope, declares_global, scopes
from kaven_schema.database.row_level_security.names import SETTING, quoted
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.syntax.ast import BlockKind

_TYPES = {"String": "text", "Int": "integer", "BigInt": "bigint"}
_NATIVE_TYPES = {"@db.Uuid": "uuid", "@db.SmallInt": "smallint", "@db.Oid": "oid"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key that the condition does not speak of: the row it leads to must be the tenant's, too."""

    columns: tuple[str, ...]
    target: str
    """As SQL names the table."""
    target_name: str
    target_columns: tuple[str, ...]
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`condition` is in terms of the table's own columns; `tenant_column` is empty where a path leads to it."""

    name: str
    schema: str
    condition: str
    tenant_column: str
    references: tuple[Reference, ...] = ()

    @property
    def sql(self) -> str:
        return quoted(self.schema, self.name)


@dataclass(frozen=True, slots=True)
class Protection:
    """All tables with tenants' rows, parents before what hangs on them; and views, which look with their own eyes."""

    tables: tuple[Table, ...]
    views: tuple[str, ...]


def protection_of(catalog: Catalog, global_models: Sequence[str] = ()) -> Protection:
    """Raises KavenError `row_security_no_tenant`, `row_security_incomplete`."""
    found = scopes(catalog)
    if not found:
        raise KavenError(
            "row_security_no_tenant",
            f"the schema has no model {TENANT}: there are no tenants to keep apart",
            help=f"add a model {TENANT}, and a field tenantId where rows belong to one",
            exit_code=ExitCode.PROBLEMS,
        )
    _check_complete(catalog, found, global_models)
    tables = sorted(_tables(catalog, found), key=lambda table: (not table.tenant_column, table.name))
    views = (quoted(entry.facts.schema, entry.facts.table) for entry in catalog.of_kind(BlockKind.VIEW))
    return Protection(tuple(tables), tuple(views))


def _check_complete(catalog: Catalog, found: Mapping[str, Scope], global_models: Sequence[str]) -> None:
    left = [
        entry.name
        for entry in catalog.of_kind(BlockKind.MODEL)
        if entry.name not in found and entry.name not in global_models and not declares_global(entry)
    ]
    if left:
        raise KavenError(
            "row_security_incomplete",
            f"whose rows are these? {', '.join(left)}: neither a tenant's, nor declared global",
            help="add `tenantId` to each, or write `/// @kaven.global` above it",
            exit_code=ExitCode.PROBLEMS,
        )


def _tables(catalog: Catalog, found: Mapping[str, Scope]) -> Iterator[Table]:
    for name, scope in found.items():
        entry = catalog.by_name[name]
        own = _column(entry, scope.field) if not scope.path else ""
        yield Table(
            name=entry.facts.table,
            schema=entry.facts.schema,
            condition=_condition(catalog, entry, scope),
            tenant_column=own,
            references=tuple(_references(catalog, entry, scope, found)),
        )
    yield from _join_tables(catalog, found)


def _condition(catalog: Catalog, entry: Entry, scope: Scope) -> str:
    if not scope.path:
        return _is_tenant(entry, quoted(entry.facts.table), scope.field)
    return _exists(catalog, entry, scope)


def _is_tenant(entry: Entry, alias: str, field: str) -> str:
    facts = _field(entry, field)
    value = f"NULLIF(current_setting('{SETTING}', true), '')"
    cast = _type(facts)
    return f"{alias}.{quoted(facts.column)} = {value}" + ("" if cast == "text" else f"::{cast}")


def _exists(catalog: Catalog, entry: Entry, scope: Scope) -> str:
    """The rows on the way, joined: each is the one to which a required foreign key leads."""
    lines: list[str] = []
    condition, here, alias = "", entry, quoted(entry.facts.table)
    for number, step in enumerate(scope.path):
        relation = _field(here, step)
        target, there = catalog.by_name[relation.type], quoted(f"on{number}")
        table = f"{quoted(target.facts.schema, target.facts.table)} AS {there}"
        on = _joined(relation.relation, here, alias, target, there)
        if number:
            lines.append(f"JOIN {table} ON {on}")
        else:
            lines.append(f"SELECT 1 FROM {table}")
            condition = on
        here, alias = target, there
    return f"EXISTS ({' '.join(lines)} WHERE {condition} AND {_is_tenant(here, alias, scope.field)})"


def _joined(relation: RelationFacts | None, here: Entry, alias: str, target: Entry, there: str) -> str:
    assert relation is not None
    pairs = zip(relation.fields, relation.references, strict=True)
    return " AND ".join(
        f"{there}.{quoted(_column(target, key))} = {alias}.{quoted(_column(here, field))}"
        for field, key in pairs
    )


def _references(
    catalog: Catalog, entry: Entry, scope: Scope, found: Mapping[str, Scope]
) -> Iterator[Reference]:
    for field in entry.facts.fields:
        relation, target = field.relation, catalog.target(field)
        if relation is None or not relation.fields or target is None or target.name not in found:
            continue
        if scope.path[:1] == (field.name,) or _shares_tenant(scope, relation, found[target.name]):
            continue
        keys = [_field(target, name) for name in relation.references]
        yield Reference(
            columns=tuple(_column(entry, name) for name in relation.fields),
            target=quoted(target.facts.schema, target.facts.table),
            target_name=target.facts.table,
            target_columns=tuple(key.column for key in keys),
            types=tuple(_type(key) for key in keys),
        )


def _shares_tenant(scope: Scope, relation: RelationFacts, target: Scope) -> bool:
    """Whether the foreign key holds the tenant of both sides."""
    pairs = zip(relation.fields, relation.references, strict=True)
    return not scope.path and not target.path and (scope.field, target.field) in pairs


def _join_tables(catalog: Catalog, found: Mapping[str, Scope]) -> Iterator[Table]:
    """Those that Prisma makes of two lists: a row is the tenant's where both of its ends are."""
    seen = set()
    for entry in catalog.of_kind(BlockKind.MODEL):
        for field in entry.facts.fields:
            target = catalog.target(field)
            if target is None or not field.is_list or not _is_join(field, entry, target):
                continue
            ends = sorted((entry.name, target.name))
            name = f"_{(field.relation and field.relation.name) or 'To'.join(ends)}"
            if name not in seen and any(end in found for end in ends):
                seen.add(name)
                yield _join_table(catalog, name, ends, found)


def _is_join(field: FieldFacts, entry: Entry, target: Entry) -> bool:
    """A list whose opposite is a list too."""
    name = field.relation.name if field.relation else ""
    others = [
        other
        for other in target.facts.fields
        if other.type == entry.name and (other.relation.name if other.relation else "") == name
    ]
    others = [other for other in others if other is not field] or others
    return bool(others) and all(other.is_list for other in others)


def _join_table(catalog: Catalog, name: str, ends: list[str], found: Mapping[str, Scope]) -> Table:
    parts = []
    for column, end in zip("AB", ends, strict=True):
        if end not in found:
            continue
        entry = catalog.by_name[end]
        key = next(field for field in entry.facts.fields if field.is_id)
        own = quoted(entry.facts.schema, entry.facts.table)
        at_end = f"{quoted(entry.facts.table)}.{quoted(key.column)} = {quoted(name)}.{quoted(column)}"
        parts.append(
            f"EXISTS (SELECT 1 FROM {own} WHERE {at_end} AND {_condition(catalog, entry, found[end])})"
        )
    schema = catalog.by_name[ends[0]].facts.schema
    return Table(name=name, schema=schema, condition=" AND ".join(parts), tenant_column="")


def _field(entry: Entry, name: str) -> FieldFacts:
    field = entry.facts.field(name)
    assert field is not None, f"{entry.name}.{name}"
    return field


def _column(entry: Entry, name: str) -> str:
    return _field(entry, name).column


def _type(field: FieldFacts) -> str:
    return _NATIVE_TYPES.get(field.native) or _TYPES.get(field.type, "text")
