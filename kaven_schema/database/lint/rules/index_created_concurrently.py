"""An index on a table that exists is created CONCURRENTLY."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    if not act.node.concurrent and not context.is_new_table(act):
        duplicates = "; it fails if rows that exist hold duplicates" if act.node.unique else ""
        yield Finding(
            f"nobody writes {act.table} while the index is built{duplicates}",
            "on a large table: CREATE INDEX CONCURRENTLY, in a migration of its own",
        )


RULE = Rule(
    "index_created_concurrently",
    Severity.WARNING,
    "an index on a table that exists is created CONCURRENTLY",
    ("create_index",),
    check,
)
