"""Databases with the rules of the services, each with two tenants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import psycopg
import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.services.rules import rules_script
from tests.services.project import World, a_database, connected

OURS, THEIRS = "tenant-ours", "tenant-theirs"


def apply_rules(world: World) -> None:
    """As a migration would, by the owner."""
    owner = world.url(Role.OWNER)
    with psycopg.connect(owner.conninfo(), password=owner.password) as connection:
        connection.execute(rules_script().encode())


@contextmanager
def ruled(server: EmbeddedServer, package: ModuleType) -> Iterator[World]:
    with a_database(server) as name, connected(server, name, package) as world:
        apply_rules(world)
        rows = [{"id": identity, "name": identity, "slug": identity} for identity in (OURS, THEIRS)]
        world.run(world.client.tenant.create_many(data=rows))
        yield world


@pytest.fixture(scope="module")
def ruled_world(services_server: EmbeddedServer, services_package: ModuleType) -> Iterator[World]:
    """One for the tests of a module, which look at rows of their own."""
    with ruled(services_server, services_package) as world:
        yield world


@pytest.fixture
def own_ruled_world(services_server: EmbeddedServer, services_package: ModuleType) -> Iterator[World]:
    """One for tests that look at all rows of a table."""
    with ruled(services_server, services_package) as world:
        yield world


def invoice(number: str, tenant: str = OURS, **fields: Any) -> dict[str, Any]:
    """As whoever has no service would write it."""
    return {"tenantId": tenant, "number": number, "subtotal": 1, "total": 1, **fields}
