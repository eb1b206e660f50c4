"""The text of every statement can be read."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, _context: Context) -> Iterator[Finding]:
    if act.verb == "dynamic":
        yield Finding(
            f"{act.name}: what it runs cannot be told from the script", "write the statement itself"
        )


RULE = Rule("sql_is_static", Severity.ERROR, "the text of every statement can be read", ("dynamic",), check)
