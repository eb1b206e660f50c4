"""UPDATE and DELETE say which rows."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.parser import unwrapped
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, context: Context) -> Iterator[Finding]:
    where = unwrapped(act.node.where_clause)
    always = where.DESCRIPTOR.name == "A_Const" and where.boolval.boolval
    if (always or where.DESCRIPTOR.name == "Node") and not context.is_new_table(act):
        yield Finding(
            f"{act.verb}s every row of {act.table}",
            'say which: WHERE "column" IS NULL; fill large tables in batches, outside of migrations',
        )


RULE = Rule(
    "rows_changed_by_where", Severity.ERROR, "uPDATE and DELETE say which rows", ("update", "delete"), check
)
