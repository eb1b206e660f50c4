"""The vendor's migrations in the project: behind every folder that is there, without what extended has made already.

The developer's are never renamed, reordered or edited. What is brought is named `…_kaven_…`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kaven_schema.database.migrations.folder import LOCK_FILE, LOCK_TEXT, MigrationsFolder
from kaven_schema.update.lock import LockedMigration
from kaven_schema.update.plan import Step
from kaven_schema.update.release import ReleaseMigration, Version
from kaven_schema.update.release.release import text_digest
from kaven_schema.update.sql import Made, made_by_all, without_made

_STAMP = "%Y%m%d%H%M%S"
_ROLLBACK = "rollback_from_"


@dataclass(frozen=True, slots=True)
class Brought:
    """One migration as it will stand in the project; `left_out` says what of it extended has made already."""

    locked: LockedMigration
    sql: str
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bringing:
    """`files` are texts by their path below the folder of migrations; `skipped` says why nothing is brought."""

    migrations: tuple[Brought, ...]
    files: dict[str, str]
    skipped: str = ""


def bring(
    folder: MigrationsFolder, steps: Sequence[Step], locked: Sequence[LockedMigration], *, adopt: bool
) -> Bringing:
    """The migrations of all steps, each after the one before; what is `locked` stayed when a release was taken back."""
    had = {(one.release, one.shipped) for one in locked}
    shipped = [
        (step, migration)
        for step in steps
        for migration in step.release.migrations
        if (str(step.release.version), migration.name) not in had
    ]
    if not folder.migrations and shipped:
        return Bringing(
            (), {}, "there are no migrations yet: `kaven migrate dev` writes the first from the schema"
        )
    names = _Names(folder)
    is_adopting = adopt and any(step.adoptions for step in steps)
    came_back = any(f"_kaven_{_ROLLBACK}" in one.name for one in folder.migrations)
    made = made_by_all(one.sql for one in folder.migrations) if is_adopting or came_back else frozenset()
    found = [_brought(names, step, one, made) for step, one in shipped]
    files = {f"{one.locked.name}/migration.sql": one.sql for one in found}
    if files and not (folder.path / LOCK_FILE).exists():
        files[LOCK_FILE] = LOCK_TEXT
    return Bringing(tuple(found), files)


def _brought(names: _Names, step: Step, migration: ReleaseMigration, made: frozenset[Made]) -> Brought:
    sql, left_out = without_made(migration.sql, made) if made else (migration.sql, ())
    name = names.next(migration.title)
    locked = LockedMigration(name, migration.name, str(step.release.version), text_digest(sql))
    return Brought(locked, sql, left_out)


def rollback_name(folder: MigrationsFolder, release: Version) -> str:
    """The folder of the migration that takes a release back. What it leaves is not made twice by the next update."""
    return _Names(folder).next(_ROLLBACK + re.sub(r"\W", "_", str(release)).lower())


class _Names:
    """Folder names in the style of those that are there, each behind the last."""

    def __init__(self, folder: MigrationsFolder) -> None:
        last = folder.migrations[-1].name if folder.migrations else ""
        short = re.match(r"\d{3}_", last)
        self._number = int(last[:3]) if short else None
        self._stamp = datetime.strptime(folder.next_stamp(), _STAMP).replace(tzinfo=UTC)

    def next(self, title: str) -> str:
        if self._number is not None:
            self._number += 1
            return f"{self._number:03}_kaven_{title}"
        stamp = self._stamp.strftime(_STAMP)
        self._stamp += timedelta(seconds=1)
        return f"{stamp}_kaven_{title}"
