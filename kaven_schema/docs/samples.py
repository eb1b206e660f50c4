"""A row for each model that its table takes, as SQL: the specification's where it has one, else made up.

A row comes with the rows that it refers to: a foreign key that must be filled holds the key of its parent's sample.
The same schema gives the same rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

from kaven_schema.docs.schema import DocumentedField, DocumentedModel, DocumentedSchema
from kaven_schema.docs.specification import specified_row

_DAY = "2025-01-15"
# Of the specification's values, as JSON has them.
_TYPES_OF: dict[type, tuple[str, ...]] = {
    bool: ("Boolean",),
    int: ("Int", "BigInt"),
    str: ("String", "DateTime", "Decimal"),
    dict: ("Json",),
}
_MOMENT = f"{_DAY}T12:00:00"
_BY_CLIENT = re.compile(r"(?:uuid|cuid|ulid|nanoid)\(.*\)|@updatedAt")
# Words that PostgreSQL takes as no name.
_RESERVED = re.compile(
    r"all|analyse|analyze|and|any|array|as|asc|asymmetric|authorization|between|binary|"
    r"both|case|cast|check|collate|collation|column|concurrently|constraint|create|cross|"
    r"current_catalog|current_date|current_role|current_schema|current_time|current_timestamp|"
    r"current_user|default|deferrable|desc|distinct|do|else|end|except|false|fetch|for|"
    r"foreign|freeze|from|full|grant|group|having|ilike|in|initially|inner|intersect|into|"
    r"is|isnull|join|lateral|leading|left|like|limit|localtime|localtimestamp|natural|not|"
    r"notnull|null|offset|on|only|or|order|outer|overlaps|placing|primary|references|"
    r"returning|right|select|session_user|similar|some|symmetric|system_user|table|"
    r"tablesample|then|to|trailing|true|union|unique|user|using|variadic|verbose|when|"
    r"where|window|with"
)
_LENGTH = re.compile(r"(?:char|varchar|bit|varbit)\((\d+)\)")


@dataclass(frozen=True, slots=True)
class SampleRow:
    """`sql` inserts it once the samples of the models in `after` are there."""

    model: str
    sql: str
    after: tuple[str, ...]


def sample_rows(schema: DocumentedSchema) -> dict[str, SampleRow]:
    """By model, parents first. A model whose row cannot stand without another's that needs it has none."""
    if schema.provider not in ("postgresql", "postgres", "cockroachdb"):
        return {}
    return _Maker(schema).rows()


class _Maker:
    def __init__(self, schema: DocumentedSchema) -> None:
        self._schema = schema
        self._made: dict[str, dict[str, Any] | None] = {}
        self._found: dict[str, SampleRow] = {}

    def rows(self) -> dict[str, SampleRow]:
        for model in self._schema.models:
            if model.kind == "model":
                self._row(model)
        return self._found

    def _row(self, model: DocumentedModel) -> dict[str, Any] | None:
        """The values by field. None while it is being made, and where it cannot be."""
        if model.name in self._made:
            return self._made[model.name]
        self._made[model.name] = None
        row = self._values(model)
        if row is not None:
            self._made[model.name] = row
            after = self._parents(model, row)
            self._found[model.name] = SampleRow(model.name, _insert(model, row), after)
        return row

    def _values(self, model: DocumentedModel) -> dict[str, Any] | None:
        known = specified_row(model.name, model.table) if model.is_vendors else {}
        keys = self._keys(model, known)
        if keys is None:
            return None
        row: dict[str, Any] = {}
        for field in model.fields:
            if field.name in keys:
                row[field.name] = keys[field.name]
            elif field.name in known and self._fits(field, known[field.name]):
                row[field.name] = self._stored(field, known[field.name])
            elif _is_needed(field):
                value = self._value(model, field)
                if value is None:
                    return None
                row[field.name] = value
        return self._own_keys(model, row)

    def _keys(self, model: DocumentedModel, known: Mapping[str, Any]) -> dict[str, Any] | None:
        """What foreign keys hold; None where a parent that there must be cannot be."""
        found: dict[str, Any] = {}
        for relation in self._schema.relations_of(model.name):
            if relation.child != model.name or relation.child == relation.parent or not relation.fields:
                continue
            wanted = _must_be_filled(model, relation.fields)
            if not wanted and not any(name in known for name in relation.fields):
                continue
            parent = self._row(self._schema.by_name[relation.parent])
            if parent is None or any(name not in parent for name in relation.references):
                if wanted:
                    return None
                continue
            found |= zip(relation.fields, (parent[name] for name in relation.references), strict=True)
        return found

    def _own_keys(self, model: DocumentedModel, row: dict[str, Any]) -> dict[str, Any]:
        """A row that must refer to one of its own table refers to itself."""
        for relation in self._schema.relations_of(model.name):
            if relation.child == relation.parent and _must_be_filled(model, relation.fields):
                row |= {
                    key: row[name]
                    for key, name in zip(relation.fields, relation.references, strict=True)
                    if name in row
                }
        return row

    def _parents(self, model: DocumentedModel, row: Mapping[str, Any]) -> tuple[str, ...]:
        relations = self._schema.relations_of(model.name)
        parents = {
            relation.parent
            for relation in relations
            if relation.child == model.name != relation.parent
            and relation.fields
            and all(name in row for name in relation.fields)
        }
        return tuple(one.name for one in self._schema.models if one.name in parents)

    def _value(self, model: DocumentedModel, field: DocumentedField) -> Any:
        if field.is_list:
            return []
        if field.enum:
            values = self._schema.enums_by_name[field.type].values
            return values[0].stored if values else None
        return _made_up(model, field)

    def _fits(self, field: DocumentedField, value: Any) -> bool:
        if field.enum:
            return any(one.name == value for one in self._schema.enums_by_name[field.type].values)
        return not field.is_list and field.type in _TYPES_OF[type(value)]

    def _stored(self, field: DocumentedField, value: Any) -> Any:
        if not field.enum:
            return value
        return next(one.stored for one in self._schema.enums_by_name[field.type].values if one.name == value)


def _must_be_filled(model: DocumentedModel, fields: tuple[str, ...]) -> bool:
    """Whether a foreign key refers to something in every row: one null among its columns, and it refers to nothing."""
    return bool(fields) and not any(
        field.is_optional for name in fields if (field := model.field(name)) is not None
    )


def _is_needed(field: DocumentedField) -> bool:
    """The key is always told, so that other rows can refer to it."""
    if "PK" in field.marks:
        return True
    if field.is_optional:
        return False
    return not field.default or (not field.is_list and bool(_BY_CLIENT.fullmatch(field.default)))


def _made_up(model: DocumentedModel, field: DocumentedField) -> Any:
    """None for a type that nothing is known of."""
    sql, digest = field.sql_type, blake2b(f"{model.name}.{field.name}".encode(), digest_size=16)
    if field.type == "String":
        return _text(model, field, digest.digest())
    if sql.startswith(("bit", "varbit")) and (length := _LENGTH.match(sql)):
        return "0" * int(length[1])
    known: dict[str, Any] = {
        "Boolean": False,
        "Int": 1,
        "BigInt": 1,
        "Float": "1.0",
        "Decimal": _decimal(sql),
        "DateTime": _moment(sql),
        "Json": {},
        "Bytes": b"",
    }
    return known.get(field.type)


def _text(model: DocumentedModel, field: DocumentedField, digest: bytes) -> str:
    sql = field.sql_type
    if sql == "uuid" or field.default.startswith("uuid") or ("PK" in field.marks and sql == "text"):
        return str(UUID(bytes=digest, version=4))
    if sql == "inet":
        return "192.0.2.1"
    if sql == "xml":
        return "<sample/>"
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", field.name).lower()
    text = f"{model.name.lower()}@example.com" if "email" in words.split() else f"sample {words}"
    length = _LENGTH.match(sql)
    if length and sql.startswith(("bit", "varbit")):
        return "0" * int(length[1])
    if length and len(text) > int(length[1]):
        return digest.hex()[: int(length[1])]
    return "a" if sql == "char" else text


def _decimal(sql: str) -> str:
    found = re.match(r"decimal\((\d+),(\d+)\)", sql)
    whole, scale = (int(found[1]) - int(found[2]), int(found[2])) if found else (1, 0)
    number = "10" if whole > 1 else "1" if whole == 1 else "0"
    return f"{number}.{'0' * min(scale, 2)}" if scale else number


def _moment(sql: str) -> str:
    if sql.startswith("date"):
        return _DAY
    return "12:00:00" if re.match(r"time(?!stamp)", sql) else _MOMENT


def _insert(model: DocumentedModel, row: Mapping[str, Any]) -> str:
    fields = [field for field in model.fields if field.name in row]
    values = [_literal(field, row[field.name]) for field in fields]
    columns = ", ".join(quoted(field.column) for field in fields)
    table = ".".join(quoted(name) for name in model.table.split("."))
    return f"INSERT INTO {table}\n  ({columns})\nVALUES\n  ({', '.join(values)});"


def _literal(field: DocumentedField, value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case bytes():
            return r"'\x'"
        case [] if field.is_list:
            return "'{}'"
        case dict() | list():
            return _text_literal(json.dumps(value, ensure_ascii=False))
    is_number = field.type in ("Decimal", "Float") and re.fullmatch(r"-?[\d.]+", value)
    return value if is_number else _text_literal(str(value))


def _text_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Plain names need no quotes in PostgreSQL; any other, and its words, do."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and not _RESERVED.fullmatch(name):
        return name
    return '"' + name.replace('"', '""') + '"'


def in_order(rows: Mapping[str, SampleRow]) -> Iterator[SampleRow]:
    """Parents before children."""
    done: set[str] = set()

    def visit(name: str) -> Iterator[SampleRow]:
        if name in done:
            return
        done.add(name)
        for parent in rows[name].after:
            yield from visit(parent)
        yield rows[name]

    for name in rows:
        yield from visit(name)
