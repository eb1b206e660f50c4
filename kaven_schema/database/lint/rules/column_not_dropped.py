"""A column that exists already is not dropped."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    if not context.is_new_column(act):
        yield Finding(
            f"drops {act.table}.{act.name}, with its data",
            "leave it, nullable, until no version of the application names it; then accept the break",
        )


RULE = Rule(
    "column_not_dropped",
    Severity.ERROR,
    "a column that exists already is not dropped",
    ("drop_column",),
    check,
)
