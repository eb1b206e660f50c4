"""A column that the function of a trigger names is neither dropped nor renamed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.database.lint.triggers import is_mended
from kaven_schema.database.row_level_security.names import quoted
from kaven_schema.diagnostics import Severity

_OF_PLAN = re.compile(r"kaven_((?:rename|retype|require|drop)_.+)")


def check(act: Act, context: Context) -> Iterator[Finding]:
    for trigger, function in context.schema.triggers_naming(act.table, act.name):
        if not is_mended(act.table, act.name, trigger, function, context.later):
            done = "renames" if act.verb == "rename_column" else "drops"
            yield Finding(
                f"{done} {act.table}.{act.name}, which the function of its trigger {trigger} still names:"
                " every write of the table would fail",
                _help(act.table, trigger, function),
            )


def _help(table: str, trigger: str, function: str) -> str:
    dropping = f"DROP TRIGGER {_quoted(trigger)} ON {_quoted(table)}; DROP FUNCTION {_quoted(function)}();"
    plan = _OF_PLAN.fullmatch(trigger)
    if plan is None:
        return f"change the function first: CREATE OR REPLACE FUNCTION; or take it away: {dropping}"
    return (
        f"unless it is applied, remove this migration; then: kaven migrate contract {plan[1]},"
        f" or to give that plan up: kaven migrate abandon {plan[1]}; where its file is lost, in a migration: {dropping}"
    )


def _quoted(name: str) -> str:
    return quoted(*name.split("."))


RULE = Rule(
    "trigger_columns_kept",
    Severity.ERROR,
    "a column that the function of a trigger names is neither dropped nor renamed",
    ("drop_column", "rename_column"),
    check,
)
