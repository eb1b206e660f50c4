"""One embedded PostgreSQL for all tests that only need a database, and databases of their own on it."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.embedded.credentials import read_credentials
from kaven_schema.database.embedded.roles import SUPERUSER, USERS
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.engines.cache import cache_folder

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(tmp_path_factory.mktemp("postgres"))
    server.up()
    yield server
    server.down()


@pytest.fixture
def database(shared_server: EmbeddedServer) -> Iterator[DatabaseUrl]:
    """An empty database; the URL is its owner's."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with superuser(shared_server) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER kaven_owner TEMPLATE template0".encode())
        yield shared_server.url(Role.OWNER).with_database(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def shadow(shared_server: EmbeddedServer) -> Iterator[DatabaseUrl]:
    """A second database, to try migrations in."""
    name = f"shadow_{uuid.uuid4().hex[:12]}"
    with superuser(shared_server) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER kaven_owner TEMPLATE template0".encode())
        yield shared_server.url(Role.OWNER).with_database(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def superuser(server: EmbeddedServer) -> psycopg.Connection:
    url = server.url(Role.OWNER)
    password = read_credentials(server.layout.credentials, USERS)[SUPERUSER]
    return psycopg.connect(
        host=url.host, port=url.port, user=SUPERUSER, password=password, dbname="postgres", autocommit=True
    )


def query(url: DatabaseUrl, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.conninfo(), password=url.password, autocommit=True) as connection:
        found = connection.execute(sql.encode())
        return found.fetchall() if found.description else []


class CommandLine:
    """`kaven` in a folder of its own; no variable of the machine names a database."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "DIRECT_URL", "SHADOW_DATABASE_URL") and not name.startswith("PG")
        }
        self.environment = {
            **inherited,
            "PYTHONPATH": str(CHECKOUT),
            "KAVEN_CACHE_DIR": str(cache_folder()),
            **environment,
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "kaven_schema", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "kaven_schema", *arguments],
            check=False,
            cwd=self.folder,
            env=self.environment,
            input=input if input is not None else "",
            capture_output=True,
            text=True,
        )

    def ok(self, *arguments: str) -> str:
        """Its output, if it ends with 0."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, code: int, *arguments: str) -> str:
        """What it says on stderr, if it ends with this code; never a traceback."""
        done = self.run(*arguments)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr
