"""The entries with which a contract step accepts what it breaks on purpose."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kaven_schema.database.lint import lint_folder
from kaven_schema.database.lint.accepted import ACCEPTED_FILE
from kaven_schema.database.migrations.folder import Migration
from kaven_schema.files import read_source, write_atomically

_MEANT = frozenset({"column_not_dropped", "constraint_not_dropped", "object_not_dropped", "not_null_kept"})
# What a migration did that is applied already: the one that takes the trigger away comes behind it.
LEFT_A_TRIGGER = frozenset({"trigger_columns_kept"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """On which day, and until when, breaks are accepted, and below which folder the file is."""

    today: date
    expires: date
    root: Path


def accept_breaks(
    migration: Migration, how: Acceptance, *, reason: str, meant: Collection[str] = _MEANT
) -> tuple[str, ...]:
    """Write an entry for each rule that the migration breaks and is meant to; the rules.

    Raises KavenError `sql_parser_missing`.
    """
    folder = migration.path.parent
    found = lint_folder(folder, today=how.today)
    rules = tuple(dict.fromkeys(one.rule for one in found if one.rule in meant))
    path = folder.parent / ACCEPTED_FILE
    before = read_source(path).text if path.is_file() else ""
    blocks = [before.rstrip("\n")] if before.strip() else []
    blocks += [
        f'[[break]]\nmigration = "{migration.name}"\nrule = "{rule}"\n'
        f"reason = {json.dumps(reason)}\nexpires = {how.expires}"
        for rule in rules
    ]
    if rules:
        write_atomically(path, "\n\n".join(blocks) + "\n", root=how.root)
    return rules
