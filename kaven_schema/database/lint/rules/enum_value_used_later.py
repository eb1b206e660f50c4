"""A new enum value is used in a later migration than it is added."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.parser import walk
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.database.lint.types import type_of
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    found = context.schema.types.get(act.name)
    if found is not None and found.made_in == context.migration:
        return
    together = takewhile(lambda later: later.verb != "transaction", context.later)
    if any(_uses(later, act, context) for later in together):
        yield Finding(
            f"{act.new_name} of {act.name} is used in the migration that adds it, too early for PostgreSQL",
            "use it in the next migration",
        )


def _uses(later: Act, added: Act, context: Context) -> bool:
    nodes = [("", later.node), *walk(later.node)]
    values = {node.sval.sval for _, node in nodes if node.DESCRIPTOR.name == "A_Const"}
    if later.verb == "add_value" or added.new_name not in values:
        return False
    types = {type_of(node).name for _, node in nodes if node.DESCRIPTOR.name == "TypeName"}
    table = context.schema.tables.get(later.table)
    of_columns = {column.type.name for column in table.columns.values()} if table else set()
    return added.name in types | of_columns


RULE = Rule(
    "enum_value_used_later",
    Severity.ERROR,
    "a new enum value is used in a later migration than it is added",
    ("add_value",),
    check,
)
