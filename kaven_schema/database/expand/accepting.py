"""The entries with which a contract step accepts what it breaks on purpose."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from kaven_schema.database.expand.plan import Plan
from kaven_schema.database.lint import lint_folder
from kaven_schema.database.lint.accepted import ACCEPTED_FILE
from kaven_schema.database.migrations.folder import Migration
from kaven_schema.files import read_source, write_atomically

_MEANT = frozenset({"column_not_dropped", "constraint_not_dropped", "object_not_dropped", "not_null_kept"})


def accept_breaks(
    plan: Plan, migration: Migration, *, today: date, expires: date, root: Path
) -> tuple[str, ...]:
    """Write an entry for each rule that the migration breaks and is meant to; the rules.

    Raises KavenError `sql_parser_missing`.
    """
    folder = migration.path.parent
    found = lint_folder(folder, today=today)
    rules = tuple(dict.fromkeys(one.rule for one in found if one.rule in _MEANT))
    path = folder.parent / ACCEPTED_FILE
    before = read_source(path).text if path.is_file() else ""
    blocks = [before.rstrip("\n")] if before.strip() else []
    reason = f"step of the plan {plan.name}, whose rows are all filled"
    blocks += [
        f'[[break]]\nmigration = "{migration.name}"\nrule = "{rule}"\n'
        f"reason = {json.dumps(reason)}\nexpires = {expires}"
        for rule in rules
    ]
    if rules:
        write_atomically(path, "\n\n".join(blocks) + "\n", root=root)
    return rules
