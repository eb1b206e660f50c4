"""A model or view as prisma-client-py sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.documentation import above, text_of
from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.rules.python_client.extension import SIGN, Extension, read_extension
from kaven_schema.rules.python_client.names import Need
from kaven_schema.source import Source
from kaven_schema.syntax.ast import BlockKind
from kaven_schema.syntax.dialect import Dialect

_TYPES = {Need.DATETIME: ("DateTime",), Need.DECIMAL: ("Decimal",), Need.DOCUMENT: ("Json", "Bytes")}


_NAME, _TYPE, _ARITY, _IS_IGNORED = map(FieldFacts._fields.index, ("name", "type", "arity", "is_ignored"))


class ClientModel(NamedTuple):
    """What is ignored, and what is Unsupported, the client never sees.

    `names`, `types` and `arities` are of all fields: to look for a few among many costs least in tuples.
    """

    entry: Entry
    extension: Extension
    names: tuple[str, ...]
    types: tuple[str, ...]
    arities: tuple[str, ...]
    has_hidden: bool

    @property
    def property_name(self) -> str:
        """The name under which `Prisma()` and its batches have the model."""
        return self.extension.instance_name or self.entry.name.lower()


@dataclass(frozen=True, slots=True)
class ClientSchema:
    """The schema as the generator gets it; `models` has views too, in the order of the generated classes."""

    catalog: Catalog
    dialect: Dialect
    generators: list[Entry]
    models: list[ClientModel]


def visible_models(catalog: Catalog) -> list[ClientModel]:
    """In the order of the merged schema, which is that of the generated classes."""
    seen = [entry for entry in catalog.of_kind(BlockKind.MODEL, BlockKind.VIEW) if not entry.facts.is_ignored]
    is_extended = any(SIGN in source.text for source in sources_of(seen))
    return [_model(entry, _extension(entry) if is_extended else Extension()) for entry in seen]


def sources_of(entries: Iterable[Entry]) -> list[Source]:
    """The files of the entries, each once."""
    found = {id(part.text.source): part.text.source for entry in entries for part in entry.merged.parts}
    return list(found.values())


def _model(entry: Entry, extension: Extension) -> ClientModel:
    columns = tuple(zip(*entry.facts.fields, strict=True)) or ((),) * len(FieldFacts._fields)
    types = columns[_TYPE]
    has_hidden = True in columns[_IS_IGNORED] or "Unsupported" in types
    return ClientModel(entry, extension, columns[_NAME], types, columns[_ARITY], has_hidden)


def _extension(entry: Entry) -> Extension:
    return read_extension("\n".join(text_of(above(part.text)) for part in entry.merged.parts))


def is_visible(field: FieldFacts) -> bool:
    return not field.is_ignored and field.type != "Unsupported"


def visible_fields(entry: Entry, catalog: Catalog) -> list[FieldFacts]:
    """In the order of the merged schema: what extends a model of base comes last, its relations at the end."""
    fields = [field for field in entry.facts.fields if is_visible(field)]
    if not entry.is_vendors:
        return fields

    def rank(field: FieldFacts) -> int:
        is_own = entry.is_extended(field.place)
        return int(is_own) + int(is_own and catalog.target(field) is not None)

    return sorted(fields, key=rank)


def is_bound(field: FieldFacts, catalog: Catalog) -> bool:
    """True where the generated class gives the field a value, None, and so hides what has its name."""
    return field.is_optional or catalog.target(field) is not None


def needing(need: Need, fields: list[FieldFacts], catalog: Catalog) -> Iterator[FieldFacts]:
    """The fields whose generated code needs it; for NO_RELATION and ANYTHING a model as a whole does."""
    for field in fields:
        is_relation = catalog.target(field) is not None
        if (
            field.type in _TYPES.get(need, ())
            or (need is Need.RELATION and is_relation)
            or (need is Need.ENUM and catalog.kind_of(field.type) is BlockKind.ENUM)
            or (need is Need.LIST and field.is_list)
            or (need is Need.REQUIRED_LIST and field.is_list and not is_relation)
        ):
            yield field


def needs(model: ClientModel, need: Need, catalog: Catalog) -> bool:
    fields = visible_fields(model.entry, catalog)
    if need is Need.NO_RELATION:
        return not any(catalog.target(field) for field in fields)
    return need is Need.ANYTHING or any(needing(need, fields, catalog))
