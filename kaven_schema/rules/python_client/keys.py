"""Unique keys of which the client can make no type."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.facts import FieldFacts, IndexFacts
from kaven_schema.rules.places import block_label, name_place_label
from kaven_schema.rules.python_client.models import ClientSchema, is_visible
from kaven_schema.rules.rule import Finding
from kaven_schema.syntax.ast import BlockKind

_QUOTED_TYPES = ("Bytes", "Json")


def unique_keys(schema: ClientSchema) -> Iterator[Finding]:
    enums = [entry.name for entry in schema.catalog.of_kind(BlockKind.ENUM)]
    quoted = frozenset((*_QUOTED_TYPES, *enums))
    for model in schema.models:
        has_list = "[]" in model.arities and not quoted.isdisjoint(model.types)
        if model.has_hidden or has_list or not model.entry.facts.indexes:
            yield from _judge(model.entry, schema)


def _judge(entry: Entry, schema: ClientSchema) -> Iterator[Finding]:
    is_reachable = False
    for index in entry.facts.indexes:
        if index.kind not in ("id", "unique"):
            continue
        fields = [field for name in index.fields if (field := entry.facts.field(name))]
        hidden = next((field for field in fields if not is_visible(field)), None)
        quoted = next(
            (field for field in fields if field.is_list and _is_quoted(field, schema.catalog)), None
        )
        if hidden and index.where_written == "block":
            yield _hidden(entry, index, hidden)
        elif quoted and not hidden:
            yield _list(entry, index, quoted)
        is_reachable = is_reachable or not hidden or index.where_written == "block"
    # Prisma 5.17 itself wants a key of views.
    if not is_reachable and (entry.facts.indexes or schema.dialect != "5.17"):
        yield _unreachable(entry)


def _is_quoted(field: FieldFacts, catalog: Catalog) -> bool:
    """Types that the generated code has in quotes, which a list puts into quotes once more."""
    return field.type in _QUOTED_TYPES or catalog.kind_of(field.type) is BlockKind.ENUM


def _hidden(entry: Entry, index: IndexFacts, field: FieldFacts) -> Finding:
    reason = "ignored" if field.is_ignored else "Unsupported"
    return Finding(
        message=f"prisma-client-py stops at a key of `{entry.name}`: its field `{field.name}` is {reason}",
        labels=(
            entry.label(index.place, "names a field that the client does not see"),
            name_place_label(entry, field.name, field.place, reason),
        ),
        help=f"take `{field.name}` out of the key, or write `@@ignore` in `{entry.name}`",
    )


def _list(entry: Entry, index: IndexFacts, field: FieldFacts) -> Finding:
    return Finding(
        message=f"prisma-client-py breaks at import on a unique key over the list `{entry.name}.{field.name}`",
        labels=(
            entry.label(index.place, f"no type for a key with {field.type}[]"),
            name_place_label(entry, field.name, field.place, "the list"),
        ),
        help=f"take `{field.name}` out of the key",
    )


def _unreachable(entry: Entry) -> Finding:
    return Finding(
        message=f"prisma-client-py stops at `{entry.name}`: the client sees none of its unique fields",
        labels=(block_label(entry, "no field finds a row"),),
        help=f"write `@@ignore` in `{entry.name}`, or take `@ignore` from a unique field",
    )
