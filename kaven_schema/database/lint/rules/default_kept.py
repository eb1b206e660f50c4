"""A required column keeps its database default."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    column = context.schema.column(act.table, act.name)
    drops = act.node.DESCRIPTOR.name == "Node"
    if any(
        (later.verb, later.table, later.name) == (act.verb, act.table, act.name) for later in context.later
    ):
        return
    if drops and column and column.is_required and column.has_default and not context.is_new_column(act):
        yield Finding(
            f"{act.table}.{act.name} is required and loses its default: inserts that leave it out fail",
            "keep the default in the database",
        )


RULE = Rule(
    "default_kept", Severity.ERROR, "a required column keeps its database default", ("set_default",), check
)
