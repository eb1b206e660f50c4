"""A unique constraint on a table that exists uses an index made before."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.nodes import constraint_kind
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    kind = constraint_kind(act.node)
    if (
        kind in ("unique", "primary", "exclusion")
        and not act.node.indexname
        and not context.is_new_table(act)
    ):
        yield Finding(
            f"an index is built over {act.table}, which nobody reads or writes meanwhile; it fails on duplicates",
            "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … UNIQUE USING INDEX",
        )


RULE = Rule(
    "unique_built_apart",
    Severity.WARNING,
    "a unique constraint on a table that exists uses an index made before",
    ("add_constraint",),
    check,
)
