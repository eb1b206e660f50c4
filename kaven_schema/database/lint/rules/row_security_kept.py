"""Row-level security is not weakened."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    if not context.is_new_table(act):
        yield Finding(
            f"weakens the row-level security of {act.table}: one tenant may see another's rows",
            "leave it on; add the new policy before the old one goes, and accept the break",
        )


RULE = Rule(
    "row_security_kept", Severity.ERROR, "row-level security is not weakened", ("weaken_row_security",), check
)
