"""A type that exists already keeps its name."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.replacing import replaced
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    found = context.schema.types.get(act.name)
    if found is not None and (found.made_in == context.migration or replaced(found, context)):
        return
    yield Finding(
        f"renames the type {act.name} to {act.new_name}", "keep its name, and map it in the schema: @@map"
    )


RULE = Rule(
    "type_not_renamed", Severity.ERROR, "a type that exists already keeps its name", ("rename_type",), check
)
