"""pg_dump and pg_dumpall, from their first byte to their exit status."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.database.programs import Programs
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.progress import Advance
from kaven_schema.operations.backup.processes import ProgramFailedError, Running, chunks, running
from kaven_schema.operations.backup.storage import Sink

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK_WAIT = "10min"


def dump_database(programs: Programs, url: DatabaseUrl, snapshot: str, sink: Sink, advance: Advance) -> None:
    """The whole database as it is in the snapshot, in pg_dump's own compressed format, readable as it comes.

    Raises KavenError `backup_failed`.
    """
    command: list[str | Path] = [
        programs.dump,
        "--format=custom",
        "--no-password",
        f"--snapshot={snapshot}",
        f"--lock-wait-timeout={_LOCK_WAIT}",
        "--dbname",
        url.conninfo(),
    ]
    with told(), listing(programs) as archive, running(command, password=url.password, stdout=True) as dump:
        for data in chunks(dump.stdout):
            sink.write(data)
            archive.write(data)
            advance(len(data))


def dump_globals(programs: Programs, url: DatabaseUrl, sink: Sink) -> None:
    """The cluster's roles and their memberships, without passwords. Raises ProgramFailedError, OSError."""
    command: list[str | Path] = [
        programs.dump_all,
        "--globals-only",
        "--no-role-passwords",
        "--no-password",
        f"--database={url.database}",
        "--dbname",
        url.conninfo(),
    ]
    with running(command, password=url.password, stdout=True) as dump:
        for data in chunks(dump.stdout):
            sink.write(data)


class Archive:
    """What pg_restore finds in an archive while it passes: it reads no more than the beginning."""

    def __init__(self, program: Running) -> None:
        self._program = program
        self._is_read = True

    def write(self, data: bytes) -> None:
        if self._is_read:
            self._is_read = self._program.feed(data)


@contextmanager
def listing(programs: Programs) -> Iterator[Archive]:
    """`pg_restore --list` on what is written to it; its status counts. Raises ProgramFailedError."""
    with running([programs.restore, "--list"], stdin=True) as program:
        yield Archive(program)


@contextmanager
def told() -> Iterator[None]:
    try:
        yield
    except ProgramFailedError as error:
        raise KavenError(
            "backup_failed",
            f"there is no backup: {error}",
            help="mend what it says, then run the command again; nothing of this one is kept",
        ) from None
    except OSError as error:
        raise KavenError(
            "backup_failed",
            f"there is no backup: {error.strerror or error}",
            help="see that PostgreSQL's programs can be run, and the free space; then run the command again",
        ) from None
