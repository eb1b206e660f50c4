"""A required column on a table that exists has a database default."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.nodes import default_of, has_constraint
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.database.lint.types import SERIALS
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    has_value = default_of(act.node) is not None or has_constraint(act.node, "CONSTR_IDENTITY")
    is_serial = any(part.string.sval in SERIALS for part in act.node.type_name.names)
    is_required = has_constraint(act.node, "CONSTR_NOTNULL", "CONSTR_PRIMARY")
    if is_required and not has_value and not is_serial and not context.is_new_table(act):
        yield Finding(
            f"{act.table}.{act.name} is required and has no default: rows that exist have no value for it",
            "give it a DEFAULT, or leave out NOT NULL",
        )


RULE = Rule(
    "required_column_has_default",
    Severity.ERROR,
    "a required column on a table that exists has a database default",
    ("add_column",),
    check,
)
