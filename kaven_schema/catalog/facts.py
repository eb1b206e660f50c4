"""What a merged block declares, resolved: columns, indexes, relations. Small, so that it can be kept and compared.

Places are a part's index in its `MergedBlock` and a span that counts from the start of that part.
"""

from __future__ import annotations

from typing import NamedTuple

from kaven_schema.source import Span

SCALARS = frozenset(
    ("String", "Boolean", "Int", "BigInt", "Float", "Decimal", "DateTime", "Json", "Bytes", "Unsupported")
)


class Place(NamedTuple):
    part: int
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


class RelationFacts(NamedTuple):
    """What `@relation(…)` says; names are empty and lists are empty where it says nothing."""

    name: str
    fields: tuple[str, ...]
    references: tuple[str, ...]
    on_delete: str
    on_update: str
    constraint: str
    place: Place


class FieldFacts(NamedTuple):
    """`column` is the stored name; `default` is the printed default, with `@updatedAt` as `@updatedAt`.

    `native` is the printed `@db.…` attribute; `relation` is None where there is no `@relation`.
    """

    name: str
    type: str
    arity: str
    column: str
    is_id: bool
    is_unique: bool
    is_ignored: bool
    default: str
    native: str
    constraint: str
    relation: RelationFacts | None
    place: Place

    @property
    def is_list(self) -> bool:
        return self.arity == "[]"

    @property
    def is_optional(self) -> bool:
        return self.arity == "?"

    @property
    def is_scalar(self) -> bool:
        """True for Prisma's scalar types; an enum's field is not scalar by this, a composite type's neither."""
        return self.type in SCALARS


class IndexFacts(NamedTuple):
    """`kind` is `id`, `unique`, `index` or `fulltext`; a field's own `@id` and `@unique` are here too.

    `fields` are names of fields (of composite types with dots); `constraint` is the `map:` that was written.
    """

    kind: str
    fields: tuple[str, ...]
    constraint: str
    name: str
    where_written: str
    place: Place


class BlockFacts(NamedTuple):
    """`table` is the stored name of a model, view or enum; `properties` are a datasource's or generator's."""

    kind: str
    name: str
    table: str
    schema: str
    is_ignored: bool
    fields: tuple[FieldFacts, ...]
    indexes: tuple[IndexFacts, ...]
    values: tuple[tuple[str, str, Place], ...]
    properties: tuple[tuple[str, str], ...]
    place: Place

    def field(self, name: str) -> FieldFacts | None:
        for field in self.fields:
            if field.name == name:
                return field
        return None

    def property(self, name: str) -> str:
        return dict(self.properties).get(name, "")
