"""A constraint on a table that exists is added NOT VALID."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.nodes import constraint_kind
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    scans = constraint_kind(act.node) in ("foreign", "check") and not act.node.skip_validation
    if scans and not context.is_new_table(act):
        others = ", and the referenced table," if constraint_kind(act.node) == "foreign" else ""
        yield Finding(
            f"every row of {act.table} is read to check {act.name or 'it'}; the table{others} is locked meanwhile",
            "add it NOT VALID, and VALIDATE CONSTRAINT in the next migration",
        )


RULE = Rule(
    "constraint_added_not_valid",
    Severity.WARNING,
    "a constraint on a table that exists is added NOT VALID",
    ("add_constraint",),
    check,
)
