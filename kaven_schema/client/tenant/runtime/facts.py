"""The models of the schema, as far as tenancy is concerned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kaven_schema.client.tenant.runtime.errors import NotConfinableError

TENANT, GLOBAL = "tenant", "global"
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class Relation(NamedTuple):
    """`fields` are the foreign key on this side, empty where the other side or a join table holds it.

    `is_certain` says that from a row of the tenant it leads to rows of the same tenant only.
    """

    target: str
    is_list: bool
    fields: tuple[str, ...]
    references: tuple[str, ...]
    opposite: str
    is_certain: bool


class Model(NamedTuple):
    """`access` is `tenant` for rows that belong to one, `global` for everybody's, else empty.

    `path` leads through required relations to the model that holds the tenant's id in `tenant_field`;
    `keys` are the names of compound unique criteria; `deleted` is the field of a soft delete, or empty.
    """

    name: str
    scalars: frozenset[str]
    relations: Mapping[str, Relation]
    keys: Mapping[str, tuple[str, ...]]
    identity: str
    access: str
    path: tuple[str, ...]
    tenant_field: str
    deleted: str
    is_tenant: bool
    is_view: bool

    @property
    def has_own_tenant(self) -> bool:
        return self.access == TENANT and not self.path

    def holds_tenant(self, relation: Relation) -> bool:
        """Whether a relation's foreign key holds the row's own tenant."""
        return self.has_own_tenant and self.tenant_field in relation.fields

    @property
    def tenant_relation(self) -> str:
        """The relation that is the tenant's own; empty where the model has none."""
        for name, relation in self.relations.items():
            if self.holds_tenant(relation) and len(relation.fields) == 1:
                return name
        return ""


class Schema:
    """The models by name, each made when it is first asked for; `properties` are the client's names of them."""

    def __init__(self, rows: Mapping[str, tuple[Any, ...]], properties: Mapping[str, str]) -> None:
        self._rows = rows
        self._models: dict[str, Model] = {}
        self.properties = properties

    def __getitem__(self, name: str) -> Model:
        """Raises NotConfinableError for a model that no tenant owns and that is not everybody's either."""
        model = self.known(name)
        if not model.access:
            raise NotConfinableError(
                f"{name} belongs to no tenant and is not declared global: write `/// @kaven.global` above it"
            )
        return model

    def known(self, name: str) -> Model:
        """Any model."""
        model = self._models.get(name)
        if model is None:
            model = self._models[name] = _model(name, *self._rows[name])
        return model


def _model(
    name: str,
    scalars: tuple[str, ...],
    relations: Mapping[str, tuple[Any, ...]],
    keys: Mapping[str, tuple[str, ...]],
    *rest: Any,
) -> Model:
    made = {field: Relation(*row) for field, row in relations.items()}
    return Model(name, frozenset(scalars), made, keys, *rest)


def members(value: object, what: str) -> Iterator[tuple[str, Any]]:
    """The members of a dictionary of the caller's. Raises NotConfinableError for what is none."""
    if not isinstance(value, dict):
        raise NotConfinableError(f"{what} is no dictionary")
    for key, member in value.items():
        # The client writes keys into its query as they are.
        if not isinstance(key, str) or not _NAME.fullmatch(key):
            raise NotConfinableError(f"{what} has the key {key!r}")
        yield str(key), member


def plain(value: Any, what: str) -> Any:
    """A value that holds no relation: its dictionaries are operators."""
    if isinstance(value, dict):
        return {key: plain(member, what) for key, member in members(value, what)}
    if isinstance(value, (list, tuple, set)):
        return [plain(item, what) for item in value]
    return value


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, set)) else [value]
