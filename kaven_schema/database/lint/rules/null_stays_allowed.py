"""A column that allows null goes on to allow it."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.nodes import constraint_kind
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    if context.is_new_table(act):
        return
    primary = act.verb == "add_constraint" and constraint_kind(act.node) == "primary"
    keys = [key.string.sval for key in act.node.keys] if primary else []
    for name in [act.name] if act.verb == "set_not_null" else keys:
        column = context.schema.column(act.table, name)
        if not (column and column.is_required) and not _is_proved(context, act.table, name):
            yield Finding(
                f"{act.table}.{name} may hold nulls, and code that runs may write them",
                f'prove it first: ADD CONSTRAINT … CHECK ("{name}" IS NOT NULL) NOT VALID, then VALIDATE CONSTRAINT',
            )


def _is_proved(context: Context, table: str, column: str) -> bool:
    found = context.schema.tables.get(table)
    constraints = found.constraints.values() if found else ()
    return any(one.is_valid and one.not_null == column for one in constraints)


RULE = Rule(
    "null_stays_allowed",
    Severity.ERROR,
    "a column that allows null goes on to allow it",
    ("set_not_null", "add_constraint"),
    check,
)
