"""The example project with its generated client, and databases with its tables."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kaven_schema.client.generator import generate_clients
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.embedded.roles import _GRANTS
from kaven_schema.database.url import DatabaseUrl
from tests.database.servers import query, superuser

SCHEMAS = Path(__file__).resolve().parents[3] / "prisma"
PASSWORDS = {
    "KAVEN_SEED_SUPER_ADMIN_PASSWORD": "first word of three",
    "KAVEN_SEED_TENANT_ADMIN_PASSWORD": "second word of three",
    "KAVEN_SEED_REGULAR_USER_PASSWORD": "third word of three",
}
TABLES = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"


def make_example(root: Path, client: str, *edits: tuple[str, str]) -> Path:
    """The example's schema.prisma, edited, in a project of its own, with its client in a folder of that name."""
    shutil.copytree(SCHEMAS, root / "prisma")
    (root / "kaven.toml").write_text("")
    schema = root / "prisma" / "schema.prisma"
    text = schema.read_text(encoding="utf-8")
    output = '"prisma-client-py"', f'"prisma-client-py"\n  output = "../{client}"'
    for old, new in (output, *edits):
        assert old in text
        text = text.replace(old, new, 1)
    schema.write_text(text, encoding="utf-8")
    generate_clients(schema)
    return root


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests, which leave it as it is."""
    return make_example(tmp_path_factory.mktemp("example") / "project", "seed_example")


@pytest.fixture(scope="session")
def template(shared_server: EmbeddedServer) -> str:
    """The name of a database with the tables of the example's migrations, made by their owner."""
    name = "seed_template"
    with superuser(shared_server) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER kaven_owner TEMPLATE template0")
    owner = shared_server.url(Role.OWNER).with_database(name)
    with psycopg.connect(owner.conninfo(), password=owner.password, autocommit=True) as connection:
        for statement in _GRANTS:
            connection.execute(statement.encode())
        for script in sorted((SCHEMAS / "migrations").glob("*/migration.sql")):
            connection.execute(script.read_bytes())
    return name


@pytest.fixture
def owner(shared_server: EmbeddedServer, template: str) -> Iterator[DatabaseUrl]:
    """A migrated database without a row, as its owner sees it."""
    name = f"seed_{uuid.uuid4().hex[:12]}"
    with superuser(shared_server) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER kaven_owner TEMPLATE {template}".encode())
        yield shared_server.url(Role.OWNER).with_database(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def app(shared_server: EmbeddedServer, owner: DatabaseUrl) -> DatabaseUrl:
    """The same database, as the application sees it."""
    return shared_server.url(Role.APP).with_database(owner.database)


def contents(url: DatabaseUrl) -> dict[str, list[str]]:
    """Every row of every table."""
    found = {}
    for (table,) in query(url, TABLES):
        rows = query(url, f'SELECT t::text FROM "{table}" t ORDER BY 1')
        found[str(table)] = [str(row) for (row,) in rows]
    return found


def counts(url: DatabaseUrl) -> dict[str, int]:
    return {table: len(rows) for table, rows in contents(url).items() if rows}
