"""A new column's default is the same for all rows."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.nodes import default_of, has_constraint, volatile_function
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    expression = default_of(act.node)
    if expression is None or context.is_new_table(act) or has_constraint(act.node, "CONSTR_GENERATED"):
        return
    function = volatile_function(expression)
    if function:
        yield Finding(
            f"{function}() may give each row a value of its own: PostgreSQL writes {act.table} anew, locked meanwhile",
            "add the column without it, then SET DEFAULT, and fill the rows that exist in batches",
        )


RULE = Rule(
    "default_not_volatile",
    Severity.WARNING,
    "a new column's default is the same for all rows",
    ("add_column",),
    check,
)
