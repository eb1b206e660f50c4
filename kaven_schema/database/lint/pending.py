"""Migrations that are about to be applied, judged while nothing is touched yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from kaven_schema.database.lint.accepted import ACCEPTED_FILE, read_accepted
from kaven_schema.database.lint.registry import RULES
from kaven_schema.database.lint.runner import lint_migrations
from kaven_schema.database.migrations.history import History
from kaven_schema.diagnostics import Diagnostic, Severity
from kaven_schema.files import shown_path

# Accepted in advance it would stop every write of a table.
_NEVER_MEANT = "trigger_columns_kept"
_ADDITIVE = "migrations_only_add"
_VALID_DAYS = 90


def judge_pending(history: History) -> tuple[Diagnostic, ...]:
    """What the lint says of the pending migrations; those that are applied only build up the schema.

    A database without migrations holds no rows that could be locked, and no reader who would have to move over
    in time: there the warnings are only counted, and accepted breaks do not expire.

    Raises KavenError `sql_parser_missing` (exit 3), `file_not_utf8`, `file_unreadable`.
    """
    folder, is_first = history.folder, not history.rows
    found = lint_migrations(
        folder.migrations,
        read_accepted(folder.path),
        today=date.min if is_first else datetime.now(UTC).date(),
        scope=[migration.name for migration in history.pending],
    )
    return _without_warnings(found) if is_first else found


def _without_warnings(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    kept = tuple(one for one in found if one.severity is not Severity.WARNING)
    count = len(found) - len(kept)
    if not count:
        return kept
    words = f"{count} warning{'s' * (count != 1)} about rows and locks, of which a new database has none"
    return (*kept, Diagnostic(_ADDITIVE, Severity.WARNING, words, (), "see: kaven migrate lint"))


def ways_on(found: Sequence[Diagnostic], folder: Path) -> str:
    """What can be done where the lint refused migrations, in lines; empty where it refused none."""
    slugs = {rule.slug for rule in RULES}
    breaks = [one for one in found if one.severity is Severity.ERROR and one.rule in slugs]
    if not breaks:
        return ""
    pairs = dict.fromkeys((Path(one.labels[0].source.path).parent.name, one.rule) for one in breaks)
    names = dict.fromkeys(name for name, _ in pairs)
    if any(rule == _NEVER_MEANT for _, rule in pairs):
        return f"{', '.join(names)} is not applied: edit it, or remove its folder, and do what the help says"
    return "\n".join(
        (
            f"{', '.join(names)} is not applied. Either",
            "- edit it, or remove its folder and mend the schema, then run the command again; or",
            "- make the change in steps that break nothing: kaven migrate expand --help; or",
            f"- if nothing needs what it takes away, accept that in {shown_path(folder / ACCEPTED_FILE)}:",
            *(_entry(name, rule) for name, rule in pairs),
        )
    )


def _entry(name: str, rule: str) -> str:
    expires = datetime.now(UTC).date() + timedelta(days=_VALID_DAYS)
    lines = (
        "[[break]]",
        f'migration = "{name}"',
        f'rule = "{rule}"',
        'reason = "…"',
        f"expires = {expires}",
    )
    return "\n".join(["", *(f"    {line}" for line in lines)])
