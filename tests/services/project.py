"""The example with what the services add to its schema, its client as generated, and databases with its tables."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import psycopg
import pytest

from kaven_schema.client.engine import use_engine
from kaven_schema.client.generator import generate_clients
from kaven_schema.client.probe_script import import_client
from kaven_schema.config import load_settings
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.embedded.roles import _GRANTS
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.engines.schema_engine import Empty, SchemaEngineSession, SchemaFiles
from kaven_schema.project import Project
from tests.database.servers import superuser

SCHEMAS = Path(__file__).resolve().parents[2] / "prisma"
CLIENT = "services_client"
_TEMPLATE = "services_template"
T = TypeVar("T")


def make_services_project(root: Path, client: str) -> Path:
    """Base and both extended files, merged, with the client in a folder of that name."""
    (root / "prisma").mkdir(parents=True)
    (root / "kaven.toml").write_text('extended = "prisma/*.extended.prisma"\n')
    for file in SCHEMAS.glob("*.prisma"):
        if file.name != "schema.prisma":
            shutil.copy(file, root / "prisma")
    base = root / "prisma" / "schema.base.prisma"
    provider = '"prisma-client-py"\n'
    text = base.read_text(encoding="utf-8").replace(provider, f'{provider}  output = "../{client}"\n', 1)
    base.write_text(text, encoding="utf-8")
    settings = load_settings(root)
    assert not Project(settings).merge().failed
    generate_clients(settings.output)
    return root


def make_tables(server: EmbeddedServer, schema: Path, name: str) -> None:
    """A database with the tables of a schema, owned by whoever migrates."""
    with superuser(server) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER kaven_owner TEMPLATE template0".encode())
    owner = server.url(Role.OWNER).with_database(name)
    with SchemaEngineSession.start() as engine:
        script = engine.script(Empty(), SchemaFiles([(str(schema), schema.read_text(encoding="utf-8"))]))
    with psycopg.connect(owner.conninfo(), password=owner.password, autocommit=True) as connection:
        for statement in (*_GRANTS, script):
            connection.execute(statement.encode())


@dataclass(frozen=True, slots=True)
class World:
    """One migrated database, a client that is connected to it as the application, and the loop that it lives in."""

    server: EmbeddedServer
    database: str
    package: ModuleType
    client: Any
    run: Callable[[Coroutine[Any, Any, Any]], Any]

    def url(self, role: Role = Role.APP) -> DatabaseUrl:
        return self.server.url(role).with_database(self.database)

    def user(self, **fields: Any) -> str:
        """A new user's id."""
        email = f"{uuid.uuid4().hex}@example.com"
        data = {"email": email, "passwordHash": "none", "name": "Somebody", **fields}
        return str(self.run(self.client.user.create(data=data)).id)

    def row(self, user_id: str) -> Any:
        return self.run(self.client.user.find_unique(where={"id": user_id}))

    def change(self, user_id: str, **fields: Any) -> None:
        self.run(self.client.user.update(where={"id": user_id}, data=fields))


async def race(work: Callable[[], Awaitable[T]], times: int = 8) -> list[T | BaseException]:
    """The same at once, as often; what each returned or raised."""
    return await asyncio.gather(*(work() for _ in range(times)), return_exceptions=True)


@contextmanager
def connected(server: EmbeddedServer, database: str, package: ModuleType) -> Iterator[World]:
    use_engine()
    url = str(server.url(Role.APP).with_database(database))
    client = package.Prisma(use_dotenv=False, datasource={"url": url})
    with asyncio.Runner() as runner:
        runner.run(client.connect())
        yield World(server, database, package, client, runner.run)
        runner.run(client.disconnect())


@contextmanager
def a_database(server: EmbeddedServer) -> Iterator[str]:
    name = f"services_{uuid.uuid4().hex[:12]}"
    with superuser(server) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER kaven_owner TEMPLATE {_TEMPLATE}".encode())
        yield name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def services_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_services_project(tmp_path_factory.mktemp("services") / "project", CLIENT)


@pytest.fixture(scope="session")
def services_package(services_project: Path) -> ModuleType:
    return import_client(services_project / CLIENT)


@pytest.fixture(scope="session")
def services_server(shared_server: EmbeddedServer, services_project: Path) -> EmbeddedServer:
    """One that has the template."""
    make_tables(shared_server, services_project / "prisma" / "schema.prisma", _TEMPLATE)
    return shared_server


@pytest.fixture(scope="session")
def world(services_server: EmbeddedServer, services_package: ModuleType) -> Iterator[World]:
    """One for all tests: each makes users of its own."""
    with (
        a_database(services_server) as name,
        connected(services_server, name, services_package) as everything,
    ):
        yield everything


@pytest.fixture
def own_world(services_server: EmbeddedServer, services_package: ModuleType) -> Iterator[World]:
    """One for tests that look at all rows of a table."""
    with (
        a_database(services_server) as name,
        connected(services_server, name, services_package) as everything,
    ):
        yield everything
