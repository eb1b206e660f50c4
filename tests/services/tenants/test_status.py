"""The migration that keeps status and deletedAt in step, whatever writes them."""

from __future__ import annotations

import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.services.tenants import SYSTEM, Tenants, status_script
from tests.database.servers import query
from tests.services.project import World
from tests.services.tenants.people import new_tenant, tenant_row

pytestmark = pytest.mark.xdist_group("postgres")

INSERT = 'INSERT INTO tenants (id, name, slug, status, "deletedAt", "updatedAt") VALUES'


def rows(world: World) -> dict[object, tuple[object, object]]:
    found = query(world.url(Role.OWNER), 'SELECT id, status, "deletedAt" IS NOT NULL FROM tenants')
    return {row[0]: (row[1], row[2]) for row in found}


@pytest.fixture
def stepped(own_world: World) -> World:
    """Two rows were out of step before."""
    query(
        own_world.url(),
        f"{INSERT} ('a', 'a', 'a', 'ACTIVE', now(), now()), ('b', 'b', 'b', 'DELETED', NULL, now())",
    )
    query(own_world.url(Role.OWNER), status_script())
    query(own_world.url(Role.OWNER), status_script())
    return own_world


def test_rows_that_were_there(stepped: World) -> None:
    assert rows(stepped) == {"a": ("DELETED", True), "b": ("DELETED", True)}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("status = 'ACTIVE'", ("ACTIVE", False)),
        ("status = 'SUSPENDED'", ("SUSPENDED", False)),
        ('"deletedAt" = NULL', ("ACTIVE", False)),
        ('"deletedAt" = NULL, suspended_at = now()', ("SUSPENDED", False)),
        ("\"deletedAt\" = NULL, status = 'SUSPENDED'", ("SUSPENDED", False)),
        ("\"deletedAt\" = '2025-01-01'", ("DELETED", True)),
        ("name = 'other'", ("DELETED", True)),
    ],
)
def test_a_deleted_one_changes(stepped: World, change: str, expected: tuple[str, bool]) -> None:
    query(stepped.url(), f"UPDATE tenants SET {change} WHERE id = 'a'")
    assert rows(stepped) == {"a": expected, "b": ("DELETED", True)}


@pytest.mark.parametrize("change", ["status = 'DELETED'", '"deletedAt" = now()'])
def test_an_active_one_is_deleted(stepped: World, change: str) -> None:
    query(stepped.url(), f"{INSERT} ('c', 'c', 'c', 'ACTIVE', NULL, now())")
    assert rows(stepped)["c"] == ("ACTIVE", False)
    query(stepped.url(), f"UPDATE tenants SET {change} WHERE id = 'c'")
    assert rows(stepped)["c"] == ("DELETED", True)


def test_new_ones(stepped: World) -> None:
    query(
        stepped.url(),
        f"{INSERT} ('c', 'c', 'c', 'ACTIVE', now(), now()), ('d', 'd', 'd', 'DELETED', NULL, now())",
    )
    assert {rows(stepped)[name] for name in "cd"} == {("DELETED", True)}


def test_with_the_service(stepped: World) -> None:
    tenants, (tenant_id, _) = Tenants(stepped.client), new_tenant(stepped)
    stepped.run(tenants.suspend(tenant_id, by=SYSTEM))
    stepped.run(tenants.delete(tenant_id, by=SYSTEM))
    assert tenant_row(stepped, tenant_id).status == "DELETED"
    stepped.run(tenants.restore(tenant_id, by=SYSTEM))
    assert tenant_row(stepped, tenant_id).status == "SUSPENDED"
    stepped.run(tenants.resume(tenant_id, by=SYSTEM))
    assert tenant_row(stepped, tenant_id).status == "ACTIVE"
