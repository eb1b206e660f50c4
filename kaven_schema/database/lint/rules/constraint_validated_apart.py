"""A constraint is validated in a later migration than it is added."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    found = context.schema.constraint(act.table, act.name)
    if found and found.made_in == context.migration and not context.is_new_table(act):
        yield Finding(
            f"{act.name} is validated where it is added: the table stays locked while rows are read",
            "validate it in a migration of its own",
        )


RULE = Rule(
    "constraint_validated_apart",
    Severity.WARNING,
    "a constraint is validated in a later migration than it is added",
    ("validate_constraint",),
    check,
)
