"""Databases with row-level security, as the migration of `kaven rls` leaves them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kaven_schema.catalog.catalog import Catalog
from kaven_schema.client.tenant.metadata import read_catalog
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.embedded.roles import _GRANTS
from kaven_schema.database.row_level_security.doors import doors_of
from kaven_schema.database.row_level_security.roles import make_embedded_roles
from kaven_schema.database.row_level_security.script import write_script
from kaven_schema.database.row_level_security.tables import protection_of
from kaven_schema.database.url import DatabaseUrl
from tests.database.servers import query, superuser

SCHEMAS = Path(__file__).resolve().parents[3] / "prisma"


@cache
def example_catalog() -> Catalog:
    return read_catalog((SCHEMAS / "schema.prisma").read_text(encoding="utf-8"), "5.17")


def migration(catalog: Catalog, *earlier: str) -> str:
    return write_script(protection_of(catalog), doors_of(catalog, "public"), earlier)


@pytest.fixture(scope="session")
def roles(shared_server: EmbeddedServer) -> None:
    make_embedded_roles(shared_server)


@pytest.fixture(scope="session")
def protected_template(shared_server: EmbeddedServer, roles: None) -> str:
    """The name of a database with the example's tables, protected."""
    name = "rls_template"
    with superuser(shared_server) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER kaven_owner TEMPLATE template0".encode())
    owner = shared_server.url(Role.OWNER).with_database(name)
    scripts = (path.read_text() for path in sorted((SCHEMAS / "migrations").glob("*/migration.sql")))
    for script in (*_GRANTS, *scripts, migration(example_catalog())):
        query(owner, script)
    return name


@pytest.fixture
def protected(shared_server: EmbeddedServer, protected_template: str) -> Iterator[DatabaseUrl]:
    """The example's tables, protected and without a row; the URL is their owner's."""
    name = "rls_one"
    with superuser(shared_server) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name} OWNER kaven_owner TEMPLATE {protected_template}".encode())
        yield shared_server.url(Role.OWNER).with_database(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
