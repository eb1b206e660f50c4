"""The merged schema as its documentation tells it: plain values, resolved, each with the line it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from kaven_schema.render.layout import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What comments and the specification say of a model, as plain text.

    `text` are the `///` comments without tags; `features`, `important` and `security` are lists of sentences.
    """

    text: str = ""
    purpose: str = ""
    features: tuple[str, ...] = ()
    important: tuple[tuple[str, str], ...] = ()
    security: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentedField:
    """A field that is no relation. `sql_type` is the column's type in PostgreSQL, `enum` whether `type` is one.

    `marks` are of `PK`, `FK` and `U`; `targets` the models that it leads to as a foreign key.
    """

    name: str
    type: str
    arity: str
    column: str
    sql_type: str
    marks: tuple[str, ...]
    default: str
    attributes: str
    text: str
    is_yours: bool
    origin: Origin
    enum: bool = False
    is_ignored: bool = False
    targets: tuple[str, ...] = ()

    @property
    def is_optional(self) -> bool:
        return self.arity == "?"

    @property
    def is_list(self) -> bool:
        return self.arity == "[]"

    @property
    def shown_type(self) -> str:
        return self.type + self.arity


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationField:
    """A relation as one model's field declares it; `opposite` is the field on the other side."""

    name: str
    target: str
    arity: str
    opposite: str
    fields: tuple[str, ...]
    text: str
    is_yours: bool
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A relation of two models. `child` holds the foreign key `fields`, which are empty for an implicit many-to-many.

    `on_delete` and `on_update` are what holds, and `is_default` those of them that nobody wrote. With a view both are
    empty, as is `constraint`: the database knows nothing of such a relation.
    """

    child: str
    parent: str
    child_field: str
    parent_field: str
    fields: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    is_unique: bool = False
    is_optional: bool = False
    on_delete: str = ""
    on_update: str = ""
    is_default: tuple[str, ...] = ()
    constraint: str = ""
    is_yours: bool = False

    @property
    def is_many_to_many(self) -> bool:
        return not self.fields

    @property
    def parent_end(self) -> str:
        """How many of the parent a child has: `1`, `0..1` or `0..n`."""
        if self.is_many_to_many:
            return "0..n"
        return "0..1" if self.is_optional else "1"

    @property
    def child_end(self) -> str:
        return "0..1" if self.is_unique else "0..n"

    @property
    def kind(self) -> str:
        if self.is_many_to_many:
            return "many-to-many"
        return "one-to-one" if self.is_unique else "one-to-many"

    @property
    def described(self) -> str:
        """In words, such as `Invoice.tenantId → Tenant.id (one-to-many), on delete Cascade`."""
        if self.is_many_to_many:
            return f"{self.parent}.{self.parent_field} ↔ {self.child}.{self.child_field} (many-to-many)"
        keys, ids = ", ".join(self.fields), ", ".join(self.references)
        action = f", on delete {self.on_delete}" if self.on_delete else ""
        return f"{self.child}.{keys} → {self.parent}.{ids} ({self.kind}){action}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentedIndex:
    """A key or an index; `kind` is `primary key`, `unique`, `index` or `full text`.

    `where` is the SQL of a partial index (`/// @kaven.index`), whose `kind` is `partial unique` or `partial index`.
    """

    name: str
    kind: str
    fields: tuple[str, ...]
    text: str
    is_yours: bool
    origin: Origin
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentedModel:
    """A model, view or composite type. `is_yours` is False for what base defines, `is_extended` where extended adds.

    `scope` says in words whose rows it holds.
    """

    name: str
    kind: str
    table: str
    area: str
    note: Note
    is_yours: bool
    is_extended: bool
    fields: tuple[DocumentedField, ...]
    relation_fields: tuple[RelationField, ...]
    indexes: tuple[DocumentedIndex, ...]
    origins: tuple[Origin, ...]
    scope: str = ""

    @property
    def is_vendors(self) -> bool:
        return not self.is_yours

    def field(self, name: str) -> DocumentedField | None:
        return next((one for one in self.fields if one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumValueDoc:
    name: str
    stored: str
    text: str
    is_yours: bool
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentedEnum:
    """`used_by` are fields as (model, field)."""

    name: str
    stored: str
    text: str
    is_yours: bool
    is_extended: bool
    values: tuple[EnumValueDoc, ...]
    used_by: tuple[tuple[str, str], ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Models that belong together; `models` in the order of the schema."""

    name: str
    models: tuple[str, ...]


@dataclass(frozen=True)
class DocumentedSchema:
    title: str
    provider: str
    areas: tuple[Area, ...]
    models: tuple[DocumentedModel, ...]
    enums: tuple[DocumentedEnum, ...]
    relations: tuple[Relation, ...]

    @cached_property
    def by_name(self) -> dict[str, DocumentedModel]:
        return {model.name: model for model in self.models}

    @cached_property
    def enums_by_name(self) -> dict[str, DocumentedEnum]:
        return {enum.name: enum for enum in self.enums}

    @cached_property
    def relations_by_model(self) -> dict[str, tuple[Relation, ...]]:
        """By model, every relation that it takes part in, once."""
        found: dict[str, list[Relation]] = {model.name: [] for model in self.models}
        for relation in self.relations:
            for name in dict.fromkeys((relation.child, relation.parent)):
                found[name].append(relation)
        return {name: tuple(relations) for name, relations in found.items()}

    def relations_of(self, name: str) -> tuple[Relation, ...]:
        return self.relations_by_model[name]
