"""A schema, view, function, sequence, extension or trigger is not dropped."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    if act.verb == "drop_on_table" and context.is_new_table(act):
        return
    what = f"{act.new_name} {act.name}".strip(" .")
    yield Finding(f"drops {what}", "leave it; to change it: CREATE OR REPLACE")


RULE = Rule(
    "object_not_dropped",
    Severity.ERROR,
    "a schema, view, function, sequence, extension or trigger is not dropped",
    ("drop_object", "drop_on_table"),
    check,
)
