"""A change does not write the whole table anew."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.nodes import has_constraint
from kaven_schema.database.lint.replacing import enum_change
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.database.lint.types import SERIALS, TypeChange, type_of
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    if context.is_new_table(act):
        return
    why = _why(act, context)
    if why:
        yield Finding(
            f"{why}: PostgreSQL writes {act.table} anew, and nobody reads or writes it meanwhile",
            "on a large table: add a nullable column, fill it in batches, and switch later",
        )


def _why(act: Act, context: Context) -> str:
    if act.verb == "add_column":
        return _why_added(act)
    if act.verb != "set_type":
        return "a change of storage" if act.verb == "rewrite_table" else f"the identity of {act.name}"
    column, new = context.schema.column(act.table, act.name), type_of(act.node.type_name)
    change = enum_change(context, column.type, new) if column else TypeChange.NONE
    converts = act.node.HasField("raw_default") and change in (TypeChange.NONE, TypeChange.WIDENS)
    if change is TypeChange.REWRITES or (converts and column):
        return f"{act.name} becomes {new}" + (" by an expression" if converts else "")
    return ""


def _why_added(act: Act) -> str:
    if any(part.string.sval in SERIALS for part in act.node.type_name.names):
        return f"the sequence of {act.name}"
    if has_constraint(act.node, "CONSTR_GENERATED"):
        return f"the generated column {act.name}"
    return f"the identity of {act.name}" if has_constraint(act.node, "CONSTR_IDENTITY") else ""


RULE = Rule(
    "table_not_rewritten",
    Severity.WARNING,
    "a change does not write the whole table anew",
    ("set_type", "add_column", "add_identity", "rewrite_table"),
    check,
)
