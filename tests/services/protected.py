"""A database with every migration that there is for the services, and who connects to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kaven_schema.catalog.catalog import Catalog
from kaven_schema.client.tenant.metadata import read_catalog
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.row_level_security.doors import doors_of
from kaven_schema.database.row_level_security.roles import make_embedded_roles
from kaven_schema.database.row_level_security.script import write_script
from kaven_schema.database.row_level_security.tables import protection_of
from kaven_schema.services.rules import rules_script
from tests.database.servers import query
from tests.services.project import World, a_database, connected


@cache
def services_catalog(project: Path) -> Catalog:
    text = (project / "prisma" / "schema.prisma").read_text(encoding="utf-8")
    return read_catalog(text, "5.17")


@contextmanager
def guarded(server: EmbeddedServer, package: ModuleType, project: Path) -> Iterator[World]:
    """The services' rules, and row-level security last."""
    make_embedded_roles(server)
    catalog = services_catalog(project)
    protection = write_script(protection_of(catalog), doors_of(catalog, "public"), ())
    with a_database(server) as name, connected(server, name, package) as world:
        for script in (rules_script(), protection):
            query(world.url(Role.OWNER), script)
        yield world


@contextmanager
def client_of(world: World, role: Role) -> Iterator[Any]:
    """The generated client, connected as that role."""
    client = world.package.Prisma(use_dotenv=False, datasource={"url": str(world.url(role))})
    world.run(client.connect())
    yield client
    world.run(client.disconnect())


@pytest.fixture(scope="module")
def guarded_world(
    services_server: EmbeddedServer, services_package: ModuleType, services_project: Path
) -> Iterator[World]:
    """One for the tests of a module, which look at rows of their own."""
    with guarded(services_server, services_package, services_project) as world:
        yield world


@pytest.fixture(scope="module")
def authentication(guarded_world: World) -> Iterator[Any]:
    with client_of(guarded_world, Role.AUTHENTICATION) as client:
        yield client


@pytest.fixture(scope="module")
def super_admin(guarded_world: World) -> Iterator[Any]:
    with client_of(guarded_world, Role.SUPER_ADMIN) as client:
        yield client
