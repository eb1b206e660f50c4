"""The proof that a restore reaches a chosen second, on embedded servers that are gone afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect
from kaven_schema.database.embedded import DATABASE, EmbeddedServer, Role
from kaven_schema.database.embedded.binaries import program
from kaven_schema.database.embedded.credentials import read_credentials
from kaven_schema.database.embedded.identity import Identity, server_identity
from kaven_schema.database.embedded.roles import SUPERUSER, USERS
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.operations.pitr.accident import Rows, rows, spoil
from kaven_schema.operations.pitr.archives import Archive, open_archive
from kaven_schema.operations.pitr.engine import Program, find_engine
from kaven_schema.operations.pitr.setup import EngineName, Setup
from kaven_schema.operations.pitr.writing import write_files

if TYPE_CHECKING:
    from psycopg import Connection

_NAME = "proof"
_STEPS = 7


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
        _folder() as folder,
        progress(f"Proving a restore with {engine.value}", _STEPS) as advance,
        _scratch(folder, engine, found) as scratch,
    ):
        return scratch.prove(advance)


@contextmanager
def _folder() -> Iterator[Path]:
    """For this user, and for whom the server runs as to pass through."""
    folder = Path(tempfile.mkdtemp(prefix="kaven-pitr-"))
    try:
        folder.chmod(0o711)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _scratch(folder: Path, engine: EngineName, found: Path) -> Iterator[_Scratch]:
    """A server whose WAL the engine archives, in the folder."""
    with ExitStack() as stack:
        server = _server(folder / "server", stack)
        running = server.up()
        identity = server_identity(server.layout.data)
        setup = _setup(folder, engine, found, server, running.socket_folder)
        variables = {"PGPASSFILE": setup.password_file, "HOME": str(setup.state)}
        for place in (setup.repository, setup.state):
            assert place
            place.mkdir()
            identity.give(place)
        files = write_files(setup, setup.configuration.parent)
        with _superuser(server) as connection:
            _make_role(connection, setup, identity, files[-1])
        server.down()
        _include(server, files[0])
        archive = open_archive(setup, Program(engine, found, identity, variables))
        restored = _server(folder / "restored", stack)
        server.up()
        stack.callback(_stop, archive)
        yield _Scratch(server, restored, archive, identity)


def _server(root: Path, stack: ExitStack) -> EmbeddedServer:
    root.mkdir()
    server = EmbeddedServer(root)
    stack.callback(server.down)
    return server


def _stop(archive: Archive) -> None:
    with suppress(KavenError):
        archive.stop()


def _setup(folder: Path, engine: EngineName, found: Path, server: EmbeddedServer, socket: Path) -> Setup:
    return Setup(
        engine=engine,
        name=_NAME,
        data=server.layout.data,
        host=str(socket),
        port="5432",
        role=f"kaven_{engine.value}",
        database="postgres",
        repository=folder / "repository",
        configuration=folder / "configuration" / f"{engine.value}.conf",
        keep=1,
        program=str(found),
        system_user=_system_user(server_identity(server.layout.data)),
        password_file=str(folder / "passwords"),
        state=folder / "state",
        programs=program("postgres").parent,
    )


def _system_user(identity: Identity) -> str:
    import pwd

    return pwd.getpwuid(os.getuid() if identity.uid is None else identity.uid).pw_name


def _make_role(connection: Connection, setup: Setup, identity: Identity, script: Path) -> None:
    """The role of the script, with a password that only the engine reads."""
    import secrets

    from psycopg import sql

    password = secrets.token_urlsafe(24)
    connection.execute(script.read_bytes())
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(setup.role), sql.Literal(password)))
    path = Path(setup.password_file)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="ascii") as file:
        file.write(f"*:*:*:{setup.role}:{password}\n")
    identity.give(path)


def _include(server: EmbeddedServer, part: Path) -> None:
    with (server.layout.data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"include '{part}'\n")


def _superuser(server: EmbeddedServer, database: str = "postgres") -> Connection:
    password = read_credentials(server.layout.credentials, USERS)[SUPERUSER]
    url = replace(server.url(Role.OWNER), user=SUPERUSER, password=password, database=database)
    return connect(url)


@dataclass(frozen=True, slots=True)
class _Scratch:
    server: EmbeddedServer
    restored: EmbeddedServer
    archive: Archive
    identity: Identity

    def prove(self, advance: Callable[[int], None]) -> PointInTime:
        for step in (self.archive.prepare, self.archive.check, self.archive.back_up):
            step()
            advance(1)
        with _superuser(self.server, DATABASE) as connection:
            postgresql = str(connection.info.server_version // 10_000)
            expected, moment, after = spoil(connection)
        advance(1)
        self.archive.settle()
        advance(1)
        self.archive.stop()
        self.server.down()
        begun = time.monotonic()
        self._restore(moment)
        advance(1)
        found = self._seen()
        taken = time.monotonic() - begun
        advance(1)
        engine = self.archive.program
        return PointInTime(
            engine.engine.value, engine.version(), postgresql, moment, expected, found, after, taken
        )

    def _restore(self, moment: datetime) -> None:
        layout = self.restored.layout
        layout.folder.mkdir(parents=True)
        for folder in (layout.folder.parent, layout.folder):
            folder.chmod(0o711)
        layout.data.mkdir(mode=0o700)
        self.identity.give(layout.data)
        shutil.copyfile(self.server.layout.credentials, layout.credentials)
        self.archive.restore(moment, layout.data)

    def _seen(self) -> Rows:
        try:
            self.restored.up()
            with _superuser(self.restored, DATABASE) as connection:
                return rows(connection)
        except KavenError as error:
            raise KavenError(
                "archive_restore_failed",
                f"the restored server does not come up: {error.message}",
                help="without this proof the archive is none: keep it from production, and see the engine's log",
                exit_code=ExitCode.PROBLEMS,
            ) from None
