"""The layout of docs/production.md, run: its pgbouncer.ini and its SQL as they stand on the page."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.embedded.identity import server_identity
from kaven_schema.database.url import DatabaseUrl
from tests.conftest import CHECKOUT
from tests.database.servers import superuser

_PASSWORD = "for the monitor"


def block(name: str) -> str:
    """The code block of the page that follows `<!-- name -->`."""
    page = (CHECKOUT / "docs" / "production.md").read_text(encoding="utf-8")
    found = re.search(rf"^<!-- {re.escape(name)} -->\n```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


@dataclass(frozen=True)
class Production:
    """`app` goes through PgBouncer, `owner` does not, `monitor` is for PgBouncer's console."""

    app: DatabaseUrl
    owner: DatabaseUrl
    monitor: DatabaseUrl


@contextmanager
def bouncer(
    server: EmbeddedServer, database: str, changes: Mapping[str, str] | None = None
) -> Iterator[Production]:
    """PgBouncer before a server whose roles are made; `changes` are settings that differ from the page's."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        pytest.fail("PgBouncer is missing: apt-get install pgbouncer")
    folder = Path(tempfile.mkdtemp(prefix="kaven-bouncer-"))
    folder.chmod(0o777)
    port = _free_port()
    owner = server.url(Role.OWNER).with_database(database)
    _make_roles(server)
    places = {
        "kaven": f"host={owner.host} port={owner.port} dbname={database}",
        "listen_port": str(port),
        "unix_socket_dir": str(folder),
        "auth_file": str(folder / "userlist.txt"),
        "logfile": str(folder / "log"),
        "pidfile": str(folder / "pid"),
    }
    (folder / "userlist.txt").write_text(_userlist(server))
    settings = folder / "pgbouncer.ini"
    settings.write_text(_changed(block("pgbouncer.ini"), places | dict(changes or {})))
    # It refuses to be root; the server's own user is one that reaches the server's socket.
    identity = server_identity(server.layout.data)
    command, options = identity.command([program, "-q", settings], [Path(owner.host)])
    app = replace(server.url(Role.APP), host="127.0.0.1", port=str(port), database="kaven")
    try:
        with subprocess.Popen(command, **options) as process:
            try:
                _wait(process, port, folder / "log")
                yield Production(
                    app=replace(app, options={"pgbouncer": "true", "connection_limit": "10"}),
                    owner=owner,
                    monitor=replace(app, user="kaven_monitor", password=_PASSWORD, database="pgbouncer"),
                )
            finally:
                process.kill()
    finally:
        shutil.rmtree(folder)


def _make_roles(server: EmbeddedServer) -> None:
    with superuser(server) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'kaven_monitor'").fetchone():
            connection.execute(block("roles").encode())
            connection.execute(f"ALTER ROLE kaven_monitor PASSWORD '{_PASSWORD}'".encode())


def forget_roles(server: EmbeddedServer) -> None:
    """Leave the server to other tests as it was."""
    with superuser(server) as connection:
        connection.execute("DROP ROLE IF EXISTS kaven_monitor")
        for role in ("kaven_app", "kaven_authentication"):
            connection.execute(f"ALTER ROLE {role} RESET ALL".encode())


def _userlist(server: EmbeddedServer) -> str:
    with superuser(server) as connection:
        return "".join(f"{line}\n" for (line,) in connection.execute(block("userlist").encode()))


def _changed(text: str, changes: Mapping[str, str]) -> str:
    """The page's file with other values; a setting that it lacks is added."""
    for name, value in changes.items():
        line = f"{name} = {value}"
        found = re.search(rf"^{name} = .*$", text, flags=re.MULTILINE)
        text = text.replace(found[0], line, 1) if found else f"{text}{line}\n"
    return text


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 10
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
