"""A server whose WAL an engine archives, made for one proof, and gone afterwards."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.embedded.binaries import program
from kaven_schema.database.embedded.credentials import read_credentials
from kaven_schema.database.embedded.identity import Identity, server_identity
from kaven_schema.database.embedded.roles import SUPERUSER, USERS
from kaven_schema.diagnostics import KavenError
from kaven_schema.files import held_folder
from kaven_schema.operations.pitr.archives import Archive, open_archive
from kaven_schema.operations.pitr.engine import Program
from kaven_schema.operations.pitr.setup import EngineName, Setup
from kaven_schema.operations.pitr.writing import write_files

if TYPE_CHECKING:
    from psycopg import Connection

_NAME = "proof"
_PREFIX = "kaven-pitr-"
_NEW_SECONDS = 5.0
_SERVERS = ("server", "restored")


@dataclass(frozen=True, slots=True)
class Scratch:
    """`server` is up, and archived by `archive`; `restored` is a place for another, with nothing in it."""

    server: EmbeddedServer
    restored: EmbeddedServer
    archive: Archive
    identity: Identity


@contextmanager
def scratch_archive(engine: EngineName, found: Path) -> Iterator[Scratch]:
    """Nothing of it is left after the block; what a killed one left is removed first."""
    _sweep()
    with _folder() as folder, _scratch(folder, engine, found) as scratch:
        yield scratch


@contextmanager
def _folder() -> Iterator[Path]:
    """For this user, and for whom the server runs as to pass through."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        folder.chmod(0o711)
        with held_folder(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Servers and folders of proofs that were killed; one at work holds its folder."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            status = folder.lstat()
            is_new = time.time() - status.st_ctime < _NEW_SECONDS  # its maker may not hold it yet
            if stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not is_new:
                with held_folder(folder):
                    _clear(folder)


def _clear(folder: Path) -> None:
    for name in _SERVERS:
        if (folder / name).is_dir():
            with suppress(KavenError):
                EmbeddedServer(folder / name).down()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _scratch(folder: Path, engine: EngineName, found: Path) -> Iterator[Scratch]:
    """A server whose WAL the engine archives, in the folder."""
    with ExitStack() as stack:
        server = _server(folder / _SERVERS[0], stack)
        running = server.up()
        identity = server_identity(server.layout.data)
        setup = _setup(folder, engine, found, server, running.socket_folder)
        variables = {"PGPASSFILE": setup.password_file, "HOME": str(setup.state)}
        for place in (setup.repository, setup.state):
            assert place
            place.mkdir()
            identity.give(place)
        files = write_files(setup, setup.configuration.parent)
        with superuser(server) as connection:
            _make_role(connection, setup, identity, files[-1])
        server.down()
        _include(server, files[0])
        archive = open_archive(setup, Program(engine, found, identity, variables))
        restored = _server(folder / _SERVERS[1], stack)
        server.up()
        stack.callback(_stop, archive)
        yield Scratch(server, restored, archive, identity)


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


def superuser(server: EmbeddedServer, database: str = "postgres") -> Connection:
    password = read_credentials(server.layout.credentials, USERS)[SUPERUSER]
    url = replace(server.url(Role.OWNER), user=SUPERUSER, password=password, database=database)
    return connect(url)
