"""A table that exists already keeps its name and schema."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    if not context.is_new_table(act):
        yield Finding(
            f"{act.table} becomes {act.new_name}: whatever names it as before fails",
            "keep its name, and map it in the schema: @@map",
        )


RULE = Rule(
    "table_not_renamed",
    Severity.ERROR,
    "a table that exists already keeps its name and schema",
    ("rename_table",),
    check,
)
