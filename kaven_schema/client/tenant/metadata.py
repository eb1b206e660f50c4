"""What a tenant's client has to know of the schema: whose each model's rows are, and where its relations lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.reading import read_facts
from kaven_schema.catalog.scoping import TENANT as TENANT_MODEL
from kaven_schema.catalog.scoping import Scope, declares_global, scopes
from kaven_schema.client.tenant.runtime.facts import GLOBAL, TENANT, Model, Relation
from kaven_schema.merge.pairing import pair
from kaven_schema.source import Source
from kaven_schema.syntax.ast import BlockKind
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.document import read_document

SOFT_DELETE = "deletedAt"
_Dmmf = Mapping[str, Any]


class Tenancy(NamedTuple):
    """The models that the client has, and the type of a tenant's id: `str` or `int`."""

    models: tuple[Model, ...]
    id_type: str


def read_catalog(text: str, dialect: Dialect) -> Catalog:
    """What a merged schema declares."""
    layers = pair(read_document(Source("schema.prisma", text), dialect), ())
    return Catalog.of(tuple(Entry(block, read_facts(block)) for block in layers.blocks))


def tenancy_of(dmmf: _Dmmf, catalog: Catalog, global_models: Sequence[str] = ()) -> Tenancy | None:
    """None for a schema without tenants."""
    scoped = _all_scopes(catalog)
    if not scoped:
        return None
    found = {model["name"]: model for model in dmmf["datamodel"]["models"]}
    models = [_model(model, found, catalog, scoped, global_models) for model in found.values()]
    certain = {model.name: model for model in models}
    models = [_with_certainty(model, certain) for model in models]
    tenant = catalog.by_name[TENANT_MODEL].facts.field(scoped[TENANT_MODEL].field)
    return Tenancy(tuple(models), "str" if tenant is None or tenant.type == "String" else "int")


def _all_scopes(catalog: Catalog) -> dict[str, Scope]:
    """Of models, and of views that have a field for the tenant."""
    found = scopes(catalog)
    if not found:
        return {}
    for entry in catalog.of_kind(BlockKind.VIEW):
        field = entry.facts.field("tenantId")
        if field is not None and field.is_scalar and not field.is_list:
            found[entry.name] = Scope((), entry.name, field.name, not field.is_optional)
    return found


def _model(
    model: _Dmmf,
    models: Mapping[str, _Dmmf],
    catalog: Catalog,
    scoped: Mapping[str, Scope],
    global_models: Sequence[str],
) -> Model:
    name = model["name"]
    entry, scope = catalog.by_name[name], scoped.get(name)
    fields = {field["name"]: field for field in model["fields"]}
    if scope and not _is_visible(scope, name, models):
        scope = None  # a client without the field cannot be confined by it
    is_global = name in global_models or declares_global(entry)
    keys = dict(_keys(model))
    deleted = fields.get(SOFT_DELETE)
    return Model(
        name=name,
        scalars=frozenset(key for key, field in fields.items() if field["kind"] != "object"),
        relations={
            key: _relation(name, field, models) for key, field in fields.items() if field["kind"] == "object"
        },
        keys=keys,
        identity=_identity(model, keys),
        access=TENANT if scope else GLOBAL if is_global else "",
        path=scope.path if scope else (),
        tenant_field=scope.field if scope else "",
        deleted=SOFT_DELETE
        if deleted and deleted["type"] == "DateTime" and not deleted["isRequired"]
        else "",
        is_tenant=name == TENANT_MODEL,
        is_view=entry.kind is BlockKind.VIEW,
    )


def _is_visible(scope: Scope, name: str, models: Mapping[str, _Dmmf]) -> bool:
    """Whether the client has all fields of the path; an ignored one it has not."""
    for step in (*scope.path, scope.field):
        found = [field for field in models.get(name, {"fields": ()})["fields"] if field["name"] == step]
        if not found:
            return False
        name = found[0]["type"]
    return True


def _keys(model: _Dmmf) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Compound criteria by the name that a query gives them."""
    primary = [model["primaryKey"]] if model.get("primaryKey") else []
    for key in (*primary, *model.get("uniqueIndexes", ())):
        yield key["name"] or "_".join(key["fields"]), tuple(key["fields"])


def _identity(model: _Dmmf, keys: Mapping[str, tuple[str, ...]]) -> str:
    for sign in ("isId", "isUnique"):
        for field in model["fields"]:
            if field[sign]:
                return str(field["name"])
        if keys:
            return next(iter(keys))
    return str(model["fields"][0]["name"])


def _relation(name: str, field: _Dmmf, models: Mapping[str, _Dmmf]) -> Relation:
    opposite = next(
        other["name"]
        for other in models[field["type"]]["fields"]
        if other.get("relationName") == field["relationName"]
        and (field["type"], other["name"]) != (name, field["name"])
    )
    fields, references = tuple(field["relationFromFields"]), tuple(field["relationToFields"])
    return Relation(field["type"], field["isList"], fields, references, opposite, is_certain=False)


def _with_certainty(model: Model, models: Mapping[str, Model]) -> Model:
    return model._replace(
        relations={
            name: relation._replace(is_certain=_is_certain(model, name, relation, models))
            for name, relation in model.relations.items()
        }
    )


def _is_certain(model: Model, name: str, relation: Relation, models: Mapping[str, Model]) -> bool:
    """Whether the rows behind it are of the same tenant as the row before it, by the schema alone."""
    target = models[relation.target]
    if target.access == GLOBAL:
        return True
    opposite = target.relations[relation.opposite]
    if relation.fields:
        return model.path[:1] == (name,) or _shares_tenant(model, relation, target)
    if opposite.fields:
        return target.path[:1] == (relation.opposite,) or _shares_tenant(target, opposite, model)
    return False


def _shares_tenant(holder: Model, relation: Relation, other: Model) -> bool:
    """Whether the foreign key holds the tenant of both sides."""
    if not (holder.has_own_tenant and other.has_own_tenant):
        return False
    pairs = zip(relation.fields, relation.references, strict=True)
    return (holder.tenant_field, other.tenant_field) in pairs
