"""A constraint that exists already is not dropped."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    if act.verb == "drop_index":
        index = context.schema.indexes.get(act.name)
        is_ours = index is None or not index.is_unique or index.made_in == context.migration
        found = f"drops the unique index {act.name}"
    else:
        constraint = context.schema.constraint(act.table, act.name)
        is_new = constraint is not None and constraint.made_in == context.migration
        is_ours = is_new or context.is_new_table(act)
        found = f"drops the constraint {act.name} of {act.table}"
    if not is_ours:
        yield Finding(
            f"{found}: what it kept out may come in", "leave it; or accept the break, with the reason"
        )


RULE = Rule(
    "constraint_not_dropped",
    Severity.ERROR,
    "a constraint that exists already is not dropped",
    ("drop_constraint", "drop_index"),
    check,
)
