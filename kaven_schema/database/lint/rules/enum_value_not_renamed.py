"""A value of an enum keeps its name."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    found = context.schema.types.get(act.name)
    if found is None or found.made_in != context.migration:
        yield Finding(
            f"renames {act.node.old_val} of the enum {act.name} to {act.new_name}",
            "keep the name, and map it in the schema: @map",
        )


RULE = Rule(
    "enum_value_not_renamed", Severity.ERROR, "a value of an enum keeps its name", ("rename_value",), check
)
