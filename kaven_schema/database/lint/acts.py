"""From statements to acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.parser import Node, Parsed, unwrapped, walk
from kaven_schema.database.lint.types import qualified
from kaven_schema.database.lint.words import parts, place_of_name, words_of
from kaven_schema.source import Span

_COMMANDS = {
    "AT_AddColumn": "add_column",
    "AT_DropColumn": "drop_column",
    "AT_AlterColumnType": "set_type",
    "AT_SetNotNull": "set_not_null",
    "AT_DropNotNull": "drop_not_null",
    "AT_ColumnDefault": "set_default",
    "AT_AddConstraint": "add_constraint",
    "AT_DropConstraint": "drop_constraint",
    "AT_ValidateConstraint": "validate_constraint",
    "AT_DisableRowSecurity": "weaken_row_security",
    "AT_NoForceRowSecurity": "weaken_row_security",
    "AT_SetLogged": "rewrite_table",
    "AT_SetUnLogged": "rewrite_table",
    "AT_SetAccessMethod": "rewrite_table",
    "AT_AddIdentity": "add_identity",
    "AT_DropIdentity": "set_default",
}
_DROPS = {
    "OBJECT_TABLE": "drop_table",
    "OBJECT_INDEX": "drop_index",
    "OBJECT_TYPE": "drop_type",
    "OBJECT_DOMAIN": "drop_type",
    "OBJECT_POLICY": "weaken_row_security",
    "OBJECT_TRIGGER": "drop_on_table",
    "OBJECT_RULE": "drop_on_table",
}
_RENAMES = {
    "OBJECT_COLUMN": "rename_column",
    "OBJECT_TABLE": "rename_table",
    "OBJECT_VIEW": "rename_table",
    "OBJECT_TYPE": "rename_type",
    "OBJECT_INDEX": "rename_index",
    "OBJECT_TABCONSTRAINT": "rename_constraint",
}
_BLOCKING = {"cluster_stmt", "vacuum_stmt", "reindex_stmt", "lock_stmt", "refresh_mat_view_stmt"}
_WHOLE_DROPS = {
    "drop_owned_stmt": "everything that a role owns",
    "drop_role_stmt": "a role",
    "dropdb_stmt": "a database",
    "drop_table_space_stmt": "a tablespace",
}
_INSIDE = {"DeleteStmt": "delete", "UpdateStmt": "update"}
_ON_ONE_TABLE = {"insert_stmt": "insert", "update_stmt": "update", "delete_stmt": "delete"}


def acts_of(parsed: Parsed, text: str, number: int) -> tuple[Act, ...]:
    """Everything that one statement does; at least one act."""
    maker = _MAKERS.get(parsed.kind, _other)
    acts = (*maker(parsed, text), *_inside(parsed))
    return tuple(replace(act, statement=number) for act in acts)


def _inside(parsed: Parsed) -> Iterator[Act]:
    """WITH x AS (DELETE …) SELECT …"""
    if "with_clause" not in parsed.node.DESCRIPTOR.fields_by_name or not parsed.node.HasField("with_clause"):
        return
    for kind, node in walk(parsed.node.with_clause):
        if kind in _INSIDE:
            table = relation_name(node.relation)
            yield Act(verb=_INSIDE[kind], node=node, span=parsed.span, statement=0, table=table)


def relation_name(relation: Node) -> str:
    return qualified(tuple(filter(None, (relation.schemaname, relation.relname))))


def _act(verb: str, parsed: Parsed, *, table: str = "", name: str = "", new_name: str = "") -> Act:
    return Act(
        verb=verb,
        node=parsed.node,
        span=parsed.span,
        statement=0,
        table=table,
        name=name,
        new_name=new_name,
    )


def _other(parsed: Parsed, _text: str) -> Iterator[Act]:
    if parsed.kind in _BLOCKING:
        yield _act("block", parsed, name=parsed.kind)
    else:
        yield _act("query" if parsed.kind == "select_stmt" else "other", parsed)


def _alter_table(parsed: Parsed, text: str) -> Iterator[Act]:
    relation, table = parsed.node.relation, relation_name(parsed.node.relation)
    found = list(words_of(text, Span(parsed.at(relation.location), parsed.span.end)))
    names = [*filter(None, (relation.catalogname, relation.schemaname, relation.relname))]
    begin = 2 * len(names) - 1
    begin += found[begin].name == "*" if len(found) > begin else 0
    spans = parts(text, Span(found[begin].span.start, parsed.span.end))
    for wrapped, span in zip(parsed.node.cmds, spans, strict=False):
        command = wrapped.alter_table_cmd
        subtype = type(command).DESCRIPTOR.fields_by_name["subtype"].enum_type
        verb = _COMMANDS.get(subtype.values_by_number[command.subtype].name, "alter_table")
        inner = unwrapped(getattr(command, "def"))
        kind = inner.DESCRIPTOR.name
        name = command.name or {"ColumnDef": "colname", "Constraint": "conname"}.get(kind, "")
        if not command.name and name:
            name = getattr(inner, name)
        yield Act(verb=verb, node=inner, span=span, statement=0, table=table, name=name)


def _create_table(parsed: Parsed, _text: str) -> Iterator[Act]:
    yield _act("create_table", parsed, table=relation_name(parsed.node.relation))


def _create_table_as(parsed: Parsed, _text: str) -> Iterator[Act]:
    yield _act("create_table_as", parsed, table=relation_name(parsed.node.into.rel))


def _create_index(parsed: Parsed, _text: str) -> Iterator[Act]:
    node = parsed.node
    columns = [element.index_elem.name for element in node.index_params]
    name = node.idxname or "_".join([node.relation.relname, *filter(None, columns), "idx"])
    yield _act("create_index", parsed, table=relation_name(node.relation), name=name)


def _create_enum(parsed: Parsed, _text: str) -> Iterator[Act]:
    yield _act("create_enum", parsed, name=_name(parsed.node.type_name))


def _alter_enum(parsed: Parsed, _text: str) -> Iterator[Act]:
    node, name = parsed.node, _name(parsed.node.type_name)
    yield _act("rename_value" if node.old_val else "add_value", parsed, name=name, new_name=node.new_val)


def _name(strings: Node) -> str:
    return qualified(tuple(part.string.sval for part in strings))


def _create_function(parsed: Parsed, _text: str) -> Iterator[Act]:
    yield _act("create_function", parsed, name=_name(parsed.node.funcname))


def _create_trigger(parsed: Parsed, _text: str) -> Iterator[Act]:
    node = parsed.node
    function = _name(node.funcname)
    table = relation_name(node.relation)
    yield _act("create_trigger", parsed, table=table, name=node.trigname, new_name=function)


def _drop(parsed: Parsed, text: str) -> Iterator[Act]:
    object_type = _enum_name(parsed.node, "remove_type")
    verb = _DROPS.get(object_type, "drop_object")
    after = parsed.span.start
    for wrapped in parsed.node.objects:
        names = _object_names(unwrapped(wrapped))
        span = place_of_name(text, parsed.span, names[-1], after)
        after = span.end if span != parsed.span else after
        on_table = verb in ("weaken_row_security", "drop_on_table")
        table = qualified(names[:-1]) if on_table else qualified(names) if verb == "drop_table" else ""
        yield Act(
            verb=verb,
            node=parsed.node,
            span=span,
            statement=0,
            table=table,
            name=names[-1] if on_table else qualified(names),
            new_name=object_type.removeprefix("OBJECT_").replace("_", " ").lower(),
        )


def _object_names(node: Node) -> tuple[str, ...]:
    kind = node.DESCRIPTOR.name
    if kind == "String":
        return (node.sval,)
    listed = {"List": "items", "TypeName": "names", "ObjectWithArgs": "objname"}.get(kind)
    names = tuple(part.string.sval for part in getattr(node, listed)) if listed else ()
    return names or ("",)


def _rename(parsed: Parsed, _text: str) -> Iterator[Act]:
    node = parsed.node
    verb = _RENAMES.get(_enum_name(node, "rename_type"), "other")
    table = relation_name(node.relation)
    name = _name(node.object.list.items) if verb == "rename_type" else node.subname or table
    schema = name.rpartition(".")[0] if verb in ("rename_type", "rename_table", "rename_index") else ""
    new_name = f"{schema}.{node.newname}" if schema else node.newname
    yield _act(verb, parsed, table=table, name=name, new_name=new_name)


def _set_schema(parsed: Parsed, _text: str) -> Iterator[Act]:
    node = parsed.node
    if _enum_name(node, "object_type") != "OBJECT_TABLE":
        yield _act("other", parsed)
        return
    table = relation_name(node.relation)
    new_name = qualified((node.newschema, node.relation.relname))
    yield _act("rename_table", parsed, table=table, name=table, new_name=new_name)


def _enum_name(node: Node, field: str) -> str:
    values = type(node).DESCRIPTOR.fields_by_name[field].enum_type.values_by_number
    return str(values[getattr(node, field)].name)


def _truncate(parsed: Parsed, _text: str) -> Iterator[Act]:
    for relation in parsed.node.relations:
        yield _act("truncate", parsed, table=relation_name(relation.range_var))


def _on_one_table(parsed: Parsed, _text: str) -> Iterator[Act]:
    yield _act(_ON_ONE_TABLE[parsed.kind], parsed, table=relation_name(parsed.node.relation))


def _do(parsed: Parsed, _text: str) -> Iterator[Act]:
    yield _act("do", parsed)


def _drop_whole(parsed: Parsed, _text: str) -> Iterator[Act]:
    yield _act("drop_object", parsed, new_name=_WHOLE_DROPS[parsed.kind])


def _transaction(parsed: Parsed, _text: str) -> Iterator[Act]:
    yield _act("transaction", parsed)


_MAKERS: dict[str, Callable[[Parsed, str], Iterator[Act]]] = {
    "alter_table_stmt": _alter_table,
    "create_stmt": _create_table,
    "create_table_as_stmt": _create_table_as,
    "index_stmt": _create_index,
    "create_enum_stmt": _create_enum,
    "alter_enum_stmt": _alter_enum,
    "create_function_stmt": _create_function,
    "create_trig_stmt": _create_trigger,
    "drop_stmt": _drop,
    "rename_stmt": _rename,
    "alter_object_schema_stmt": _set_schema,
    "truncate_stmt": _truncate,
    "do_stmt": _do,
    "transaction_stmt": _transaction,
    **dict.fromkeys(_ON_ONE_TABLE, _on_one_table),
    **dict.fromkeys(_WHOLE_DROPS, _drop_whole),
}
