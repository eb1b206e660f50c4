"""One embedded PostgreSQL for all tests that only need a database, and databases of their own on it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.embedded.credentials import read_credentials
from kaven_schema.database.embedded.roles import SUPERUSER, USERS
from kaven_schema.database.url import DatabaseUrl


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(tmp_path_factory.mktemp("postgres"))
    server.up()
    with superuser(server) as connection:  # nothing of these databases is to survive a power cut
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
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
