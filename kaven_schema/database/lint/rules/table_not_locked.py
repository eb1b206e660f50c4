"""No statement keeps a table from others for long."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.database.lint.act import Act
from kaven_schema.database.lint.rule import Context, Finding, Rule
from kaven_schema.diagnostics import Severity


def check(act: Act, _context: Context) -> Iterator[Finding]:
    what = {"cluster_stmt": "CLUSTER", "lock_stmt": "LOCK", "reindex_stmt": "REINDEX"}.get(act.name, "")
    if act.name == "refresh_mat_view_stmt" and not act.node.concurrent:
        what = "REFRESH MATERIALIZED VIEW"
    if act.name == "vacuum_stmt" and any(option.def_elem.defname == "full" for option in act.node.options):
        what = "VACUUM FULL"
    is_gentle = any(option.def_elem.defname == "concurrently" for option in getattr(act.node, "params", ()))
    if what and not is_gentle:
        yield Finding(
            f"{what} locks out readers or writers until it ends", "keep it out of migrations, or CONCURRENTLY"
        )


RULE = Rule(
    "table_not_locked", Severity.WARNING, "no statement keeps a table from others for long", ("block",), check
)
