"""The database as DBML, which dbdiagram.io and dbdocs.io read: tables and columns as the database has them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kaven_schema.docs.formats.names import one_line
from kaven_schema.docs.schema import (
    DocumentedEnum,
    DocumentedField,
    DocumentedIndex,
    DocumentedModel,
    DocumentedSchema,
    Relation,
)

_ACTIONS = {
    "Cascade": "cascade",
    "Restrict": "restrict",
    "SetNull": "set null",
    "SetDefault": "set default",
    "NoAction": "no action",
}

_DATABASES = {
    "cockroachdb": "CockroachDB",
    "mysql": "MySQL",
    "sqlite": "SQLite",
    "sqlserver": "SQL Server",
    "mongodb": "MongoDB",
}


def to_dbml(schema: DocumentedSchema, models: Collection[str] | None = None) -> str:
    """`models` limits it to these, and to the enums that they use."""
    wanted = [model for model in schema.models if models is None or model.name in models]
    # A table without a column is none in DBML.
    chosen = [model for model in wanted if model.fields and model.kind != "view"]
    names = {model.name for model in chosen}
    used = {field.type for model in chosen for field in model.fields if field.enum}
    parts = [_project(schema)]
    parts += [_enum(enum) for enum in schema.enums if models is None or enum.name in used]
    parts += [_table(model, schema) for model in chosen]
    parts += [_ref(one, schema) for one in schema.relations if {one.child, one.parent} <= names]
    parts += [
        f"// the view {one_line(model.name)}: DBML has none\n" for model in wanted if model.kind == "view"
    ]
    parts += _groups(schema, names)
    return "\n".join(parts)


def _project(schema: DocumentedSchema) -> str:
    database = _DATABASES.get(schema.provider, "PostgreSQL")
    return f"Project {_name(schema.title)} {{\n  database_type: '{database}'\n}}\n"


def _name(text: str) -> str:
    return '"' + one_line(text).replace('"', "'").replace("\\", "/") + '"'


def _table_name(model: DocumentedModel) -> str:
    return ".".join(_name(part) for part in model.table.split("."))


def _note(text: str) -> str:
    return "'" + one_line(text).replace("\\", "\\\\").replace("'", "\\'") + "'"


def _enum(enum: DocumentedEnum) -> str:
    values = "".join(
        f"  {_name(value.stored)}" + (f" [note: {_note(value.text)}]" if value.text else "") + "\n"
        for value in enum.values
    )
    return f"Enum {_name(enum.stored)} {{\n{values}}}\n"


def _table(model: DocumentedModel, schema: DocumentedSchema) -> str:
    colour = " [headercolor: #a8480b]" if model.is_yours else " [headercolor: #2456a6]"
    lines = [f"Table {_table_name(model)}{colour} {{"]
    lines += [f"  {_column(field, model, schema)}" for field in model.fields]
    # DBML knows no partial index.
    whole = [index for index in model.indexes if not index.where]
    keys = [index for index in whole if len(index.fields) > 1 or index.kind in ("index", "full text")]
    if found := [line for line in (_index(index, model) for index in keys) if line]:
        lines += ["", "  indexes {", *(f"    {line}" for line in found), "  }"]
    said = f"{model.name}: {model.note.purpose or model.note.text}".removesuffix(": ")
    return "\n".join([*lines, "", f"  Note: {_note(said)}", "}", ""])


def _column(field: DocumentedField, model: DocumentedModel, schema: DocumentedSchema) -> str:
    alone = {
        index.fields[0]: index.kind for index in model.indexes if len(index.fields) == 1 and not index.where
    }
    settings = [
        "pk" if alone.get(field.name) == "primary key" else "",
        "unique" if "U" in field.marks else "",
        "" if field.is_optional else "not null",
        f"note: {_note(field.text)}" if field.text else "",
    ]
    enum = schema.enums_by_name.get(field.type) if field.enum else None
    kind = _name(enum.stored) if enum and not field.is_list else _name(field.sql_type)
    shown = ", ".join(filter(None, settings))
    return f"{_name(field.column)} {kind}" + (f" [{shown}]" if shown else "")


def _index(index: DocumentedIndex, model: DocumentedModel) -> str:
    columns = [field.column for name in index.fields if (field := model.field(name))]
    if len(columns) != len(index.fields):
        return ""
    kind = {"primary key": "pk", "unique": "unique"}.get(index.kind)
    settings = ", ".join(filter(None, (kind, f"name: {_note(index.name)}")))
    return f"({', '.join(map(_name, columns))}) [{settings}]"


def _ref(relation: Relation, schema: DocumentedSchema) -> str:
    child, parent = schema.by_name[relation.child], schema.by_name[relation.parent]
    if relation.is_many_to_many and child is parent:
        return f"// {relation.described}: DBML has no relation of a column to itself\n"
    if relation.is_many_to_many:
        return f"Ref: {_key(parent, _identity(parent))} <> {_key(child, _identity(child))}\n"
    sign = "-" if relation.is_unique else ">"
    actions = f"delete: {_ACTIONS[relation.on_delete]}, update: {_ACTIONS[relation.on_update]}"
    return f"Ref: {_key(child, relation.fields)} {sign} {_key(parent, relation.references)} [{actions}]\n"


def _identity(model: DocumentedModel) -> tuple[str, ...]:
    return tuple(field.name for field in model.fields if "PK" in field.marks)[:1]


def _key(model: DocumentedModel, fields: tuple[str, ...]) -> str:
    columns = [_name(field.column) for name in fields if (field := model.field(name))]
    inside = columns[0] if len(columns) == 1 else f"({', '.join(columns)})"
    return f"{_table_name(model)}.{inside}"


def _groups(schema: DocumentedSchema, names: Collection[str]) -> Iterator[str]:
    for area in schema.areas:
        if inside := [schema.by_name[name] for name in area.models if name in names]:
            tables = "".join(f"  {_table_name(model)}\n" for model in inside)
            yield f"TableGroup {_name(area.name)} {{\n{tables}}}\n"
