"""A column's type changes only to one that holds every value."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.replacing import enum_change
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.database.lint.types import TypeChange, type_of
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    if context.is_new_column(act):
        return
    column, new = context.schema.column(act.table, act.name), type_of(act.node.type_name)
    if column is None:
        yield Finding(
            f"{act.table}.{act.name} becomes {new}, and what it was no earlier migration says",
            "add a column of the new type, fill it, and drop the old one later",
        )
    elif enum_change(context, column.type, new) is TypeChange.BREAKS:
        yield Finding(
            f"{act.table}.{act.name} becomes {new} from {column.type}: not every value fits or means the same",
            "add a column of the new type, fill it, and drop the old one later",
        )


RULE = Rule(
    "column_type_widens",
    Severity.ERROR,
    "a column's type changes only to one that holds every value",
    ("set_type",),
    check,
)
