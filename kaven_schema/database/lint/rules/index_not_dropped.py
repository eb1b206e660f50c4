"""An index that exists already is not dropped."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    index = context.schema.indexes.get(act.name)
    if index is None or not (index.is_unique or index.made_in == context.migration):
        yield Finding(
            f"drops the index {act.name}: queries that it serves become slow",
            "see that nothing uses it (pg_stat_user_indexes), and drop it with DROP INDEX CONCURRENTLY",
        )


RULE = Rule(
    "index_not_dropped",
    Severity.WARNING,
    "an index that exists already is not dropped",
    ("drop_index",),
    check,
)
