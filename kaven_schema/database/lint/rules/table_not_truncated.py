"""A table that exists already is not emptied."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    if not context.is_new_table(act):
        yield Finding(f"deletes every row of {act.table}", "delete by a WHERE; or accept the break")


RULE = Rule(
    "table_not_truncated", Severity.ERROR, "a table that exists already is not emptied", ("truncate",), check
)
