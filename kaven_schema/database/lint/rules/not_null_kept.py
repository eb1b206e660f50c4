"""A column without nulls stays without."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    column = context.schema.column(act.table, act.name)
    if not context.is_new_column(act) and (column is None or column.is_required):
        yield Finding(
            f"{act.table}.{act.name} may hold null from now on: code that reads it expects a value",
            "deploy code that can read null before code that writes it",
        )


RULE = Rule(
    "not_null_kept", Severity.WARNING, "a column without nulls stays without", ("drop_not_null",), check
)
