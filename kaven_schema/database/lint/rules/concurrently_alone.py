"""CONCURRENTLY stands in a migration of its own."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    if act.node.concurrent and any(other.statement != act.statement for other in context.acts):
        yield Finding(
            "CONCURRENTLY runs in no transaction: with other statements the migration is not all or nothing",
            "move it to a migration of its own",
        )


RULE = Rule(
    "concurrently_alone",
    Severity.ERROR,
    "cONCURRENTLY stands in a migration of its own",
    ("create_index", "drop_index"),
    check,
)
