"""An enum keeps its values."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    name = act.new_name if act.verb == "rename_type" else act.name
    found = context.schema.types.get(act.name) if act.verb == "rename_type" else None
    values = found.values if found else tuple(value.string.sval for value in getattr(act.node, "vals", ()))
    lost = [value for value in context.enums_before.get(name, ()) if value not in values]
    if lost and values:
        yield Finding(
            f"the enum {name} loses {', '.join(lost)}",
            "leave the value in the enum, and stop writing it",
        )


RULE = Rule(
    "enum_value_not_removed",
    Severity.ERROR,
    "an enum keeps its values",
    ("create_enum", "rename_type"),
    check,
)
