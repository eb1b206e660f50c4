"""Fields whose names the client cannot take."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.python_client.mends import rename_field
from kaven_schema.rules.python_client.models import (
    ClientSchema,
    is_bound,
    is_visible,
    needing,
    visible_fields,
)
from kaven_schema.rules.python_client.names import (
    FIELD_NAMES,
    HIDDEN_BEHIND_FIELD,
    HIDDEN_FROM_FIELD_ON,
    KEYWORDS,
    MODEL_ATTRIBUTES,
    MODEL_METHOD,
    PARTIAL_METHOD,
    QUERY_ALIASES,
    SPOILED_BY_PYDANTIC,
    Need,
)
from kaven_schema.rules.rule import Finding


def field_names(schema: ClientSchema) -> Iterator[Finding]:
    for model in schema.models:
        if not FIELD_NAMES.isdisjoint(model.names):
            for field in model.entry.facts.fields:
                if field.name in FIELD_NAMES and is_visible(field):
                    yield from _judge(model.entry, field, schema.catalog)


def _judge(entry: Entry, field: FieldFacts, catalog: Catalog) -> Iterator[Finding]:
    reason = _refusal(field.name)
    if reason:
        yield _finding(entry, field, f"refuses the field `{entry.name}.{field.name}`: {reason}", catalog)
    elif spoiled := _spoiled(field, catalog):
        yield _finding(entry, field, f"spoils the field `{entry.name}.{field.name}`: {spoiled}", catalog)
    elif is_bound(field, catalog) and (victim := _hides_from(entry, field, catalog)):
        what = f"breaks at import on `{entry.name}.{field.name}`: it hides what the generated module needs"
        yield _finding(entry, field, what, catalog, victim)


def _refusal(name: str) -> str:
    if name in MODEL_ATTRIBUTES:
        return "pydantic's models have an attribute of that name"
    if name in KEYWORDS:
        return "it is a keyword of Python"
    if name == MODEL_METHOD:
        return "the client's models have a method of that name"
    return f"in queries it stands for `{QUERY_ALIASES[name]}`" if name in QUERY_ALIASES else ""


def _spoiled(field: FieldFacts, catalog: Catalog) -> str:
    if field.name in SPOILED_BY_PYDANTIC and not is_bound(field, catalog):
        return "its default becomes an attribute of pydantic's models"
    return "it replaces the method that makes partial types" if field.name == PARTIAL_METHOD else ""


def _hides_from(entry: Entry, field: FieldFacts, catalog: Catalog) -> FieldFacts | None:
    """A field whose generated code needs what has the name of this one."""
    fields = visible_fields(entry, catalog)
    need = HIDDEN_BEHIND_FIELD.get(field.name)
    if need is Need.ANYTHING:
        return field
    if need is None:
        if field.name not in HIDDEN_FROM_FIELD_ON:
            return None
        need = HIDDEN_FROM_FIELD_ON[field.name]
        fields = fields[fields.index(field) :]
    return next(needing(need, fields, catalog), None)


def _finding(
    entry: Entry, field: FieldFacts, what: str, catalog: Catalog, victim: FieldFacts | None = None
) -> Finding:
    labels = [name_place_label(entry, field.name, field.place, "rename it")]
    if victim and victim is not field:
        labels.append(name_place_label(entry, victim.name, victim.place, "needs what it hides"))
    return Finding(
        message=f"prisma-client-py {what}",
        labels=tuple(labels),
        help=rename_field(entry, field, catalog),
    )
