"""Definitions change outside of DO blocks."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import DATA_VERBS, Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, _context: Context) -> Iterator[Finding]:
    if act.is_hidden and act.verb not in DATA_VERBS and act.verb not in ("do", "dynamic"):
        yield Finding(
            "a DO block hides a change of the schema: whether it happens depends on the database",
            "write the statement itself, with IF NOT EXISTS where it may be done already",
        )


RULE = Rule("ddl_outside_do", Severity.WARNING, "definitions change outside of DO blocks", ("*",), check)
