"""Acts, applied to the schema. What names an unknown table or type changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.nodes import constraint_kind, default_of, has_constraint, proves_not_null
from kaven_schema.database.lint.parser import Node, unwrapped
from kaven_schema.database.lint.schema import Column, Constraint, Index, Schema, Table, Type
from kaven_schema.database.lint.triggers import row_columns
from kaven_schema.database.lint.types import SERIALS, type_of

_Value = TypeVar("_Value")
_SUFFIXES = {"primary": "pkey", "unique": "key", "foreign": "fkey", "check": "check", "exclusion": "excl"}


def apply(schema: Schema, act: Act, migration: str) -> None:
    work = _WORK.get(act.verb)
    if work:
        work(schema, act, migration)


def _create_table(schema: Schema, act: Act, migration: str) -> None:
    if act.table in schema.tables:
        return
    schema.tables[act.table] = Table(migration)
    elements = act.node.table_elts if act.verb == "create_table" else ()
    for element in map(unwrapped, elements):
        if element.DESCRIPTOR.name == "ColumnDef":
            _put_column(schema, act.table, element, migration)
        elif element.DESCRIPTOR.name == "Constraint":
            _put_constraint(schema, act.table, element, migration)


def _put_column(schema: Schema, table_name: str, node: Node, migration: str) -> None:
    table = schema.tables.get(table_name)
    if table is None or node.colname in table.columns:
        return
    is_serial = any(part.string.sval in SERIALS for part in node.type_name.names)
    identity = has_constraint(node, "CONSTR_IDENTITY")
    required = is_serial or identity or has_constraint(node, "CONSTR_NOTNULL", "CONSTR_PRIMARY")
    has_value = is_serial or identity or default_of(node) is not None
    table.columns[node.colname] = Column(type_of(node.type_name), migration, required, has_value)
    for constraint in node.constraints:
        _put_constraint(schema, table_name, constraint.constraint, migration, (node.colname,))


def _add_column(schema: Schema, act: Act, migration: str) -> None:
    _put_column(schema, act.table, act.node, migration)


def _put_constraint(
    schema: Schema, table_name: str, node: Node, migration: str, columns: tuple[str, ...] = ()
) -> None:
    table, kind = schema.tables.get(table_name), constraint_kind(node)
    if table is None or kind not in _SUFFIXES:
        return
    columns = columns or tuple(part.string.sval for part in (*node.keys, *node.fk_attrs))
    middle = () if kind == "primary" else columns
    bare = table_name.rpartition(".")[2]
    name = node.conname or node.indexname or "_".join((bare, *middle, _SUFFIXES[kind]))
    table.constraints[name] = Constraint(
        kind, migration, columns, not node.skip_validation, proves_not_null(node)
    )
    if kind in ("primary", "unique") and name not in schema.indexes:
        schema.indexes[name] = Index(table_name, migration, is_unique=True)
    if kind == "primary":
        for column in columns:
            _change_column(schema, table_name, column, is_required=True)


def _add_constraint(schema: Schema, act: Act, migration: str) -> None:
    _put_constraint(schema, act.table, act.node, migration)


def _change_column(schema: Schema, table: str, name: str, **changes: object) -> None:
    column = schema.column(table, name)
    if column:
        schema.tables[table].columns[name] = replace(column, **changes)  # type: ignore[arg-type]


def _set_type(schema: Schema, act: Act, _migration: str) -> None:
    _change_column(schema, act.table, act.name, type=type_of(act.node.type_name))


def _set_not_null(schema: Schema, act: Act, _migration: str) -> None:
    _change_column(schema, act.table, act.name, is_required=act.verb == "set_not_null")


def _set_default(schema: Schema, act: Act, _migration: str) -> None:
    _change_column(schema, act.table, act.name, has_default=act.node.DESCRIPTOR.name != "Node")


def _drop_column(schema: Schema, act: Act, _migration: str) -> None:
    table = schema.tables.get(act.table)
    if table:
        table.columns.pop(act.name, None)
        gone = [name for name, found in table.constraints.items() if act.name in found.columns]
        for name in gone:
            del table.constraints[name]


def _drop_constraint(schema: Schema, act: Act, _migration: str) -> None:
    table = schema.tables.get(act.table)
    if table:
        table.constraints.pop(act.name, None)
        schema.indexes.pop(act.name, None)


def _validate(schema: Schema, act: Act, _migration: str) -> None:
    found = schema.constraint(act.table, act.name)
    if found:
        schema.tables[act.table].constraints[act.name] = replace(found, is_valid=True)


def _drop_table(schema: Schema, act: Act, _migration: str) -> None:
    schema.tables.pop(act.table, None)
    schema.indexes = {name: found for name, found in schema.indexes.items() if found.table != act.table}
    schema.triggers = {place: found for place, found in schema.triggers.items() if place[0] != act.table}


def _rename_table(schema: Schema, act: Act, _migration: str) -> None:
    _rename_key(schema.tables, act)
    schema.indexes = {
        name: replace(found, table=act.new_name) if found.table == act.name else found
        for name, found in schema.indexes.items()
    }
    schema.triggers = {
        (act.new_name if table == act.name else table, name): found
        for (table, name), found in schema.triggers.items()
    }


def _rename_column(schema: Schema, act: Act, _migration: str) -> None:
    table = schema.tables.get(act.table)
    if table is None:
        return
    _rename_key(table.columns, act)
    for name, found in table.constraints.items():
        columns = tuple(_renamed(found.columns, act))
        not_null = act.new_name if found.not_null == act.name else found.not_null
        table.constraints[name] = replace(found, columns=columns, not_null=not_null)


def _renamed(names: Iterable[str], act: Act) -> Iterable[str]:
    return (act.new_name if name == act.name else name for name in names)


def _rename_key(named: dict[str, _Value], act: Act) -> None:
    if act.name in named:
        named[act.new_name] = named.pop(act.name)


def _rename_constraint(schema: Schema, act: Act, _migration: str) -> None:
    table = schema.tables.get(act.table)
    if table:
        _rename_key(table.constraints, act)
    _rename_key(schema.indexes, act)


def _rename_index(schema: Schema, act: Act, _migration: str) -> None:
    _rename_key(schema.indexes, act)


def _create_index(schema: Schema, act: Act, migration: str) -> None:
    schema.indexes.setdefault(act.name, Index(act.table, migration, act.node.unique))


def _drop_index(schema: Schema, act: Act, _migration: str) -> None:
    schema.indexes.pop(act.name, None)


def _create_enum(schema: Schema, act: Act, migration: str) -> None:
    values = tuple(value.string.sval for value in act.node.vals)
    schema.types.setdefault(act.name, Type(migration, values))


def _add_value(schema: Schema, act: Act, _migration: str) -> None:
    found = schema.types.get(act.name)
    if found and act.new_name not in found.values:
        schema.types[act.name] = replace(found, values=(*found.values, act.new_name))


def _rename_value(schema: Schema, act: Act, _migration: str) -> None:
    found = schema.types.get(act.name)
    if found:
        values = tuple(act.new_name if value == act.node.old_val else value for value in found.values)
        schema.types[act.name] = replace(found, values=values)


def _drop_type(schema: Schema, act: Act, _migration: str) -> None:
    schema.types.pop(act.name, None)


def _rename_type(schema: Schema, act: Act, _migration: str) -> None:
    _rename_key(schema.types, act)
    for table in schema.tables.values():
        for name, column in table.columns.items():
            if column.type.name == act.name:
                table.columns[name] = replace(column, type=column.type._replace(name=act.new_name))


def _create_function(schema: Schema, act: Act, _migration: str) -> None:
    schema.functions[act.name] = row_columns(act.node)


def _create_trigger(schema: Schema, act: Act, _migration: str) -> None:
    schema.triggers[act.table, act.name] = act.new_name


def _drop_on_table(schema: Schema, act: Act, _migration: str) -> None:
    schema.triggers.pop((act.table, act.name), None)


def _drop_object(schema: Schema, act: Act, _migration: str) -> None:
    """A function takes its triggers along, or is not dropped."""
    if schema.functions.pop(act.name, None) is not None:
        schema.triggers = {place: found for place, found in schema.triggers.items() if found != act.name}


_WORK: dict[str, Callable[[Schema, Act, str], None]] = {
    "create_table": _create_table,
    "create_table_as": _create_table,
    "add_column": _add_column,
    "drop_column": _drop_column,
    "set_type": _set_type,
    "set_not_null": _set_not_null,
    "drop_not_null": _set_not_null,
    "set_default": _set_default,
    "add_constraint": _add_constraint,
    "drop_constraint": _drop_constraint,
    "validate_constraint": _validate,
    "rename_table": _rename_table,
    "rename_column": _rename_column,
    "rename_constraint": _rename_constraint,
    "rename_index": _rename_index,
    "rename_type": _rename_type,
    "drop_table": _drop_table,
    "create_index": _create_index,
    "drop_index": _drop_index,
    "create_enum": _create_enum,
    "add_value": _add_value,
    "rename_value": _rename_value,
    "drop_type": _drop_type,
    "create_function": _create_function,
    "create_trigger": _create_trigger,
    "drop_on_table": _drop_on_table,
    "drop_object": _drop_object,
}
