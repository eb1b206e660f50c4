"""A column that exists already keeps its name."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    if not context.is_new_column(act):
        yield Finding(
            f"renames {act.table}.{act.name} to {act.new_name}: whatever names it as before fails",
            "keep its name, and map it in the schema: @map; or add the new column, fill it, and drop the old later",
        )


RULE = Rule(
    "column_not_renamed",
    Severity.ERROR,
    "a column that exists already keeps its name",
    ("rename_column",),
    check,
)
