"""The proof that a restore reaches a chosen second, on embedded servers that are gone afterwards."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from kaven_schema.database.embedded import DATABASE, EmbeddedServer, Role
from kaven_schema.database.migrations.failures import failures_told
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.operations.pitr.accident import Rows, rows, spoil
from kaven_schema.operations.pitr.engine import find_engine
from kaven_schema.operations.pitr.scratch import Scratch, scratch_archive, superuser
from kaven_schema.operations.pitr.setup import EngineName

if TYPE_CHECKING:
    from psycopg import Connection

_RULE = "archive_restore_failed"
_STEPS = 7
_PATIENCE_SECONDS = 300.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class PointInTime:
    """A restore to `moment`: the rows that were there then, and those that the restored server shows."""

    engine: str
    version: str
    postgresql: str
    moment: datetime
    expected: Rows
    found: Rows
    after: Rows
    restore_seconds: float

    @property
    def holds(self) -> bool:
        return self.found == self.expected != self.after

    def as_json(self) -> dict[str, object]:
        return {
            "engine": self.engine,
            "version": self.version,
            "postgresql": self.postgresql,
            "moment": self.moment.isoformat(),
            "expected": list(self.expected),
            "found": list(self.found),
            "after": list(self.after),
            "restore_seconds": round(self.restore_seconds, 3),
            "holds": self.holds,
        }


def prove_point_in_time(engine: EngineName, *, progress: Progress = silent) -> PointInTime:
    """Archive a server with the files that `write` gives, spoil it, and restore it to the second before.

    Raises KavenError `archive_engine_missing`, `archive_engine_failed`, `archive_engine_too_old`,
    `archive_tool_missing`, and what the embedded PostgreSQL raises.
    """
    found = find_engine(engine)
    if engine is EngineName.BARMAN and not shutil.which("rsync"):
        raise KavenError(
            "archive_tool_missing",
            "barman restores with rsync, which is not installed",
            help="apt-get install rsync",
        )
    with (
        progress(f"Proving a restore with {engine.value}", _STEPS) as advance,
        scratch_archive(engine, found) as scratch,
    ):
        return _prove(scratch, advance)


def _prove(scratch: Scratch, advance: Callable[[int], None]) -> PointInTime:
    archive = scratch.archive
    for step in (archive.prepare, archive.check, archive.back_up):
        step()
        advance(1)
    with superuser(scratch.server, DATABASE) as connection:
        postgresql = str(connection.info.server_version // 10_000)
        expected, moment, after = spoil(connection)
    advance(1)
    archive.settle()
    advance(1)
    archive.stop()
    scratch.server.down()
    begun = time.monotonic()
    _restore(scratch, moment)
    advance(1)
    found = _seen(scratch.restored)
    taken = time.monotonic() - begun
    advance(1)
    engine = archive.program
    return PointInTime(
        engine.engine.value, engine.version(), postgresql, moment, expected, found, after, taken
    )


def _restore(scratch: Scratch, moment: datetime) -> None:
    layout = scratch.restored.layout
    layout.folder.mkdir(parents=True)
    for folder in (layout.folder.parent, layout.folder):
        folder.chmod(0o711)
    layout.data.mkdir(mode=0o700)
    scratch.identity.give(layout.data)
    shutil.copy(scratch.server.layout.credentials, layout.credentials)
    scratch.archive.restore(moment, layout.data)


def _seen(restored: EmbeddedServer) -> Rows:
    try:
        restored.up()
        with superuser(restored, DATABASE) as connection, failures_told(restored.url(Role.OWNER)):
            _await_target(connection)
            return rows(connection)
    except KavenError as error:
        if error.rule == _RULE:
            raise
        raise _not_restored(f"the restored server does not come up: {error.message}") from None


def _await_target(connection: Connection) -> None:
    """It answers as soon as its data fits together, while it still replays: at its target it takes writes."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (row := connection.execute("SELECT pg_is_in_recovery()").fetchone()) and row[0]:
        if time.monotonic() > deadline:
            raise _not_restored(f"the restored server still replays after {_PATIENCE_SECONDS:.0f} seconds")
        time.sleep(_POLL_SECONDS)


def _not_restored(message: str) -> KavenError:
    return KavenError(
        _RULE,
        message,
        help="without this proof the archive is none: keep it from production, and see the engine's log",
        exit_code=ExitCode.PROBLEMS,
    )
