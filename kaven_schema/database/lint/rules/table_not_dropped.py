"""A table that exists already is not dropped."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    if not context.is_new_table(act):
        yield Finding(
            f"drops the table {act.table}, and every row in it",
            "leave it; or accept the break in accepted-breaks.toml",
        )


RULE = Rule(
    "table_not_dropped", Severity.ERROR, "a table that exists already is not dropped", ("drop_table",), check
)
