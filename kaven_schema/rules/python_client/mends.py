"""What to type instead of a name that the client cannot take."""

from __future__ import annotations

from collections.abc import Container

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.facts import FieldFacts, Place

_OFF = "or set `client = false` in kaven.toml, or under [tool.kaven] in pyproject.toml"


def free_name(name: str, taken: Container[str]) -> str:
    """The name with as many `_` behind it as make it new."""
    while (name := f"{name}_") in taken:
        pass
    return name


def rename_field(entry: Entry, field: FieldFacts, catalog: Catalog) -> str:
    name = free_name(field.name, {other.name for other in entry.facts.fields})
    line = f"{name} {field.type}{field.arity}"
    if catalog.target(field):
        return _by_owner(entry, field.place, f"rename it to `{name}`; relation fields have no column")
    return _by_owner(entry, field.place, f'write `{line} @map("{field.column}")`: the column keeps its name')


def rename_value(entry: Entry, name: str, stored: str, place: Place) -> str:
    taken = {other for other, _, _ in entry.facts.values}
    return _by_owner(
        entry, place, f'write `{free_name(name, taken)} @map("{stored}")`: stored values keep their name'
    )


def rename_block(entry: Entry, catalog: Catalog) -> str:
    return _by_owner(entry, entry.facts.place, _other_block(entry, catalog))


def rename_property(entry: Entry, name: str, catalog: Catalog) -> str:
    """A model's class may stay where only its property is in the way; an extension may say so for base."""
    documentation = f'`/// @Python(instance_name: "{name}_")`'
    if entry.is_vendors:
        return f"re-open `model {entry.name}` in extended, with {documentation} above it"
    return f"write {documentation} above the model, or {_other_block(entry, catalog)}"


def _other_block(entry: Entry, catalog: Catalog) -> str:
    head = f"{entry.kind.value} {free_name(entry.name, catalog.by_name)}"
    return f'write `{head}` with `@@map("{entry.facts.table}")`: the database keeps its name'


def _by_owner(entry: Entry, place: Place, advice: str) -> str:
    """Base is not the developer's to edit."""
    return advice if entry.is_extended(place) else by_vendor(advice)


def by_vendor(advice: str) -> str:
    return f"tell the vendor of base: {advice}; {_OFF}"
