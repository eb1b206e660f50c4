"""What can be searched for, as a script that a page loads: that works from `file://`, where fetching does not."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kaven_schema.docs.schema import DocumentedSchema
from kaven_schema.docs.site.addresses import Addresses

_LONGEST = 120


def search_index(schema: DocumentedSchema, addresses: Addresses) -> str:
    """Entries are kind, name, address and what else is said of it."""
    rows = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in _entries(schema, addresses))
    return f"window.kavenIndex=[\n{rows}\n]\n"


def _entries(schema: DocumentedSchema, addresses: Addresses) -> Iterator[tuple[str, str, str, str]]:
    for area in schema.areas:
        yield "area", area.name, addresses.area(area.name), _said(", ".join(area.models))
    for model in schema.models:
        address = addresses.model(model.name)
        yield "model", model.name, address, _said(model.table, model.note.purpose, model.note.text)
        for field in model.fields:
            said = _said(field.shown_type, _other(field.column, field.name), field.text)
            yield "field", f"{model.name}.{field.name}", f"{address}#field-{field.name}", said
    for enum in schema.enums:
        address = addresses.enum(enum.name)
        yield "enum", enum.name, address, _said(enum.text)
        for value in enum.values:
            yield "value", f"{enum.name}.{value.name}", f"{address}#value-{value.name}", _said(value.text)


def _other(name: str, known: str) -> str:
    return "" if name == known else name


def _said(*parts: str) -> str:
    line = " · ".join(dict.fromkeys(" ".join(part.split()) for part in parts if part.strip()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
