"""The embedded PostgreSQL of one project."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect, lost
from kaven_schema.database.embedded.cluster import check_version, has_cluster, make_cluster
from kaven_schema.database.embedded.credentials import (
    complete_credentials,
    make_credentials,
    read_credentials,
)
from kaven_schema.database.embedded.identity import server_identity
from kaven_schema.database.embedded.launch import DEFAULT_PORT, launch, stop
from kaven_schema.database.embedded.layout import Layout, unusable
from kaven_schema.database.embedded.process import Running, find_running
from kaven_schema.database.embedded.roles import (
    DATABASE,
    SUPERUSER,
    USERS,
    Role,
    finish_database,
    has_database,
    incomplete_roles,
    let_connect,
    make_database,
    make_roles,
)
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.files import state_folder

if TYPE_CHECKING:
    from psycopg import Connection


class EmbeddedServer:
    """What `kaven db` works on. It outlives this process; any number of processes may use it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # Paths with symlinks have several names, a socket's folder needs one.
        self.layout = Layout(Path(os.path.realpath(root)) / ".kaven" / "postgres")

    @property
    def exists(self) -> bool:
        return has_cluster(self.layout)

    def running(self) -> Running | None:
        return find_running(self.layout)

    def up(self, *, port: int | None = None, progress: Progress = silent) -> Running:
        """Start it, made at first use with its roles and its empty database; none the worse if it is up.

        `port` opens it to TCP connections from this machine too. Raises KavenError, such as
        `database_missing`, `disk_full`, `port_taken`, `database_failed`.
        """
        with self._alone():
            found = self.running()
            if found and found.ready and not found.socket.exists():
                # A server whose folder was removed takes the socket of its successor along when it ends.
                stop(self.layout, found)
                found = None
            if found is None:
                found = self._start(port, progress)
            elif port and (found.port != port or not found.listens):
                raise KavenError(
                    "database_is_up",
                    f"PostgreSQL is up already, but not on port {port}",
                    help=f"restart it: kaven db down; kaven db up --port {port}",
                    exit_code=ExitCode.WRONG_USE,
                )
            try:
                self._complete(found)
            except KavenError:
                if self.running():
                    raise
                found = self._start(port, progress)  # it was just ending
                self._complete(found)
            return found

    def down(self) -> bool:
        """Stop it; whether it was up."""
        if not self.layout.folder.is_dir():
            return False
        with self._alone():
            found = self.running()
            if found:
                stop(self.layout, found)
                with suppress(OSError):  # it may lie in a shared folder, where nothing of ours should stay
                    found.socket_folder.rmdir()
            return found is not None

    def reset(self) -> None:
        """An empty database in place of the one that is there; whoever is connected to that is thrown out."""
        running = self.up()
        with self._alone():
            self._make_database(running)

    def url(self, role: Role) -> DatabaseUrl:
        """How this role connects. Raises KavenError `database_down` or `database_credentials_missing`."""
        running = self.running()
        if running is None:
            raise KavenError("database_down", "the embedded PostgreSQL is not up", help="run: kaven db up")
        if not running.has_place:
            raise KavenError(
                "database_busy",
                "the embedded PostgreSQL is starting",
                help="wait, then run the command again",
            )
        return self._url(running, role.user, DATABASE)

    def is_mine(self, url: DatabaseUrl) -> bool:
        """Whether a URL leads to this server's database, up or not."""
        if url.database != DATABASE:
            return False
        running = self.running()
        if url.is_socket:
            folder = running.socket_folder if running and running.has_place else self.layout.socket_folder()
            return Path(os.path.realpath(url.host)) == folder
        local = url.host in ("localhost", "127.0.0.1")
        return running is not None and running.listens and local and url.port == str(running.port)

    def _start(self, port: int | None, progress: Progress) -> Running:
        identity = server_identity(self.layout.data)
        if identity.uid is not None:
            self.layout.folder.chmod(0o711)  # the server's user passes through, and sees nothing on the way
        if has_cluster(self.layout):
            check_version(self.layout)
            return launch(self.layout, identity, port)
        with progress("Setting up the embedded PostgreSQL (needed once)", 1) as advance:
            passwords = make_credentials(self.layout.credentials, USERS)
            make_cluster(self.layout, identity, passwords[SUPERUSER])
            running = launch(self.layout, identity, port)
            advance(1)
        return running

    def _complete(self, running: Running) -> None:
        """Roles and database, unless an earlier run made them. Raises KavenError also where it ends meanwhile."""
        from psycopg import OperationalError

        try:
            self._make_missing(running)
        except OperationalError as error:
            raise lost(self._url(running, SUPERUSER, "postgres"), error) from None

    def _make_missing(self, running: Running) -> None:
        with self._superuser(running) as superuser:
            is_complete = not incomplete_roles(superuser)
            if not is_complete:
                make_roles(superuser, complete_credentials(self.layout.credentials, USERS))
            if has_database(superuser):
                if not is_complete:
                    let_connect(superuser, DATABASE)
                return
        self._make_database(running)

    def _make_database(self, running: Running) -> None:
        with self._superuser(running) as superuser:
            make_database(superuser)
            with connect(self._url(running, SUPERUSER, f"{DATABASE}_new")) as inside:
                finish_database(superuser, inside)

    def _superuser(self, running: Running) -> Connection:
        return connect(self._url(running, SUPERUSER, "postgres"))

    def _url(self, running: Running, user: str, database: str) -> DatabaseUrl:
        return DatabaseUrl(
            host="127.0.0.1" if running.listens else str(running.socket_folder),
            port=str(running.port or DEFAULT_PORT),
            user=user,
            password=read_credentials(self.layout.credentials, (user,))[user],
            database=database,
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time starts, stops or makes databases; the others wait."""
        state_folder(self.root)
        try:
            self.layout.folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(self.layout.lock, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise unusable(self.layout.folder, error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


__all__ = ["EmbeddedServer"]
