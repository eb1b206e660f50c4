"""Tenants in PostgreSQL, through the generated client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaven_schema.services.tenants import (
    SYSTEM,
    AccessProblem,
    AccessRefusedError,
    HostRefusedError,
    SettingsInvalidError,
    SlugProblem,
    SlugRefusedError,
    Subdomains,
    TenantProblem,
    Tenants,
    TenantSettings,
    TenantStateError,
    access_to,
)
from kaven_schema.services.users import Users
from tests.services.project import World, race
from tests.services.tenants.people import (
    actions,
    new_member,
    new_slug,
    new_tenant,
    super_admin,
    tenant_row,
)

pytestmark = pytest.mark.xdist_group("postgres")

SITE = Subdomains("saas.com")


@pytest.fixture
def tenants(world: World) -> Tenants:
    return Tenants(world.client)


def problem_of(world: World, work: Any) -> TenantProblem:
    with pytest.raises(TenantStateError) as error:
        world.run(work)
    return error.value.problem


def status(world: World, tenant_id: str) -> tuple[str, bool, bool]:
    """Status, whether deleted, whether suspended."""
    row = tenant_row(world, tenant_id)
    return str(row.status), row.deletedAt is not None, row.suspendedAt is not None


def test_create(world: World, tenants: Tenants) -> None:
    admin_id, slug, boss = world.user(), new_slug(), super_admin(world)
    tenant = world.run(tenants.create("Acme Corp", slug, admin_id=admin_id, by=boss))
    assert (tenant.name, tenant.slug, tenant.status) == ("Acme Corp", slug, "ACTIVE")
    assert world.row(admin_id).tenantId == tenant.id
    (entry,) = world.run(world.client.auditlog.find_many(where={"entityId": tenant.id}))
    assert (entry.action, entry.userId, entry.tenantId) == ("tenant.created", boss, tenant.id)
    assert entry.changes["after"]["slug"] == slug
    assert world.run(tenants.settings(tenant.id)) == TenantSettings()


def test_create_for_nobody(world: World, tenants: Tenants) -> None:
    slug = new_slug()
    for admin_id in ("unknown", world.user(deletedAt=datetime.now(UTC))):
        with pytest.raises(AccessRefusedError):
            world.run(tenants.create("Acme", slug, admin_id=admin_id, by=SYSTEM))
    assert world.run(world.client.tenant.count(where={"slug": slug})) == 0


def test_slugs_that_are_taken(world: World, tenants: Tenants) -> None:
    """One of several wins, and the others leave nothing behind; also the slug of a deleted tenant is taken."""
    slug, admin_id = new_slug(), world.user()
    results = world.run(race(lambda: tenants.create("Acme", slug, admin_id=admin_id, by=SYSTEM), 6))
    refused = [result for result in results if isinstance(result, SlugRefusedError)]
    assert {error.problem for error in refused} == {SlugProblem.TAKEN}
    assert len(refused) == 5, results
    assert world.run(world.client.usertenant.count(where={"userId": admin_id})) == 1
    (tenant,) = (result for result in results if not isinstance(result, BaseException))
    world.run(tenants.delete(tenant.id, by=SYSTEM))
    with pytest.raises(SlugRefusedError):
        world.run(tenants.create("Acme", slug, admin_id=admin_id, by=SYSTEM))
    with pytest.raises(SlugRefusedError) as error:
        world.run(tenants.create("Acme", "www", admin_id=admin_id, by=SYSTEM))
    assert error.value.problem is SlugProblem.RESERVED


def test_change_slug(world: World, tenants: Tenants) -> None:
    tenant_id, admin_id = new_tenant(world)
    other_id, _ = new_tenant(world)
    old, new = tenant_row(world, tenant_id).slug, new_slug()
    world.run(tenants.change_slug(tenant_id, new, by=admin_id))
    assert tenant_row(world, tenant_id).slug == new
    with pytest.raises(SlugRefusedError) as error:
        world.run(tenants.change_slug(other_id, new, by=SYSTEM))
    assert error.value.problem is SlugProblem.TAKEN
    world.run(tenants.change_slug(other_id, old, by=SYSTEM))
    with pytest.raises(AccessRefusedError):
        world.run(tenants.change_slug(tenant_id, new_slug(), by=new_member(world, tenant_id)))
    assert actions(world, tenant_id) == ["tenant.created", "tenant.slug_changed"]


def test_of_a_host(world: World, tenants: Tenants) -> None:
    tenant_id, _ = new_tenant(world)
    slug = tenant_row(world, tenant_id).slug
    found = world.run(tenants.of_host(f"{slug.upper()}.SAAS.com:8443", SITE))
    assert found.id == tenant_id
    assert world.run(tenants.of_host("saas.com", SITE)) is None
    with pytest.raises(HostRefusedError):
        world.run(tenants.of_host(f"{slug}.saas.com.evil.com", SITE))
    assert problem_of(world, tenants.of_host(f"{new_slug()}.saas.com", SITE)) is TenantProblem.UNKNOWN
    world.run(tenants.suspend(tenant_id, by=SYSTEM))
    assert problem_of(world, tenants.of_host(f"{slug}.saas.com", SITE)) is TenantProblem.SUSPENDED
    world.run(tenants.delete(tenant_id, by=SYSTEM))
    assert problem_of(world, tenants.of_host(f"{slug}.saas.com", SITE)) is TenantProblem.UNKNOWN


def test_status_and_deleted_at_in_step(world: World, tenants: Tenants) -> None:
    tenant_id, admin_id = new_tenant(world)
    world.run(tenants.delete(tenant_id, by=admin_id))
    assert status(world, tenant_id) == ("DELETED", True, False)
    world.run(tenants.restore(tenant_id, by=super_admin(world)))
    assert status(world, tenant_id) == ("ACTIVE", False, False)
    world.run(tenants.suspend(tenant_id, by=SYSTEM, reason="unpaid"))
    assert status(world, tenant_id) == ("SUSPENDED", False, True)
    world.run(tenants.resume(tenant_id, by=SYSTEM))
    assert status(world, tenant_id) == ("ACTIVE", False, False)
    names = ("created", "deleted", "restored", "suspended", "resumed")
    assert actions(world, tenant_id) == [f"tenant.{name}" for name in names]
    (entry,) = world.run(
        world.client.auditlog.find_many(where={"entityId": tenant_id, "action": "tenant.suspended"})
    )
    assert entry.changes["before"]["status"] == "ACTIVE"
    assert (entry.changes["after"]["status"], entry.changes["after"]["reason"]) == ("SUSPENDED", "unpaid")


@pytest.mark.parametrize("by_hand", [False, True])
def test_restoring_lifts_no_suspension(world: World, tenants: Tenants, by_hand: bool) -> None:
    """Also one that something else wrote, without the moment."""
    tenant_id, _ = new_tenant(world)
    world.run(tenants.suspend(tenant_id, by=SYSTEM))
    if by_hand:
        world.run(world.client.tenant.update(where={"id": tenant_id}, data={"suspendedAt": None}))
    world.run(tenants.delete(tenant_id, by=SYSTEM))
    assert status(world, tenant_id) == ("DELETED", True, True)
    world.run(tenants.restore(tenant_id, by=SYSTEM))
    assert status(world, tenant_id) == ("SUSPENDED", False, True)


def test_restored_with_an_administrator(world: World, tenants: Tenants) -> None:
    """One who has deleted the tenant, and then themselves, does not come back with it."""
    tenant_id, admin_id = new_tenant(world)
    member_id, boss = new_member(world, tenant_id), super_admin(world)
    world.run(tenants.delete(tenant_id, by=admin_id))
    world.run(Users(world.client).delete(admin_id, by=admin_id))
    assert problem_of(world, tenants.restore(tenant_id, by=boss)) is TenantProblem.NO_ADMIN
    for nobody in ("unknown", admin_id):
        with pytest.raises(AccessRefusedError):
            world.run(tenants.restore(tenant_id, by=boss, admin_id=nobody))
    assert status(world, tenant_id) == ("DELETED", True, False)
    world.run(tenants.restore(tenant_id, by=boss, admin_id=member_id))
    assert world.run(access_to(world.client, tenant_id, member_id)).is_admin
    where = {"entityId": tenant_id, "action": "tenant.restored"}
    (entry,) = world.run(world.client.auditlog.find_many(where=where))
    assert entry.changes["after"]["adminId"] == member_id


def test_restored_with_somebody_new(world: World, tenants: Tenants) -> None:
    tenant_id, admin_id = new_tenant(world)
    world.run(tenants.delete(tenant_id, by=admin_id))
    world.run(Users(world.client).delete(admin_id, by=admin_id))
    heir = world.user()
    world.run(tenants.restore(tenant_id, by=SYSTEM, admin_id=heir))
    assert world.run(access_to(world.client, tenant_id, heir)).is_admin
    assert world.row(heir).tenantId == tenant_id


def test_neither_restored_nor_deleted_without_an_administrator(world: World, tenants: Tenants) -> None:
    """Of both at once, one is refused."""
    users = Users(world.client)

    async def both(tenant_id: str, admin_id: str) -> tuple[BaseException | None, ...]:
        return await asyncio.gather(
            tenants.restore(tenant_id, by=SYSTEM),
            users.delete(admin_id, by=admin_id),
            return_exceptions=True,
        )

    for _ in range(5):
        tenant_id, admin_id = new_tenant(world)
        world.run(tenants.delete(tenant_id, by=admin_id))
        found = world.run(both(tenant_id, admin_id))
        assert found.count(None) == 1, found
        assert (world.row(admin_id).deletedAt is None) == (status(world, tenant_id)[0] == "ACTIVE")


def test_illegal_steps(world: World, tenants: Tenants) -> None:
    tenant_id, _ = new_tenant(world)
    assert problem_of(world, tenants.resume(tenant_id, by=SYSTEM)) is TenantProblem.NOT_SUSPENDED
    assert problem_of(world, tenants.restore(tenant_id, by=SYSTEM)) is TenantProblem.NOT_DELETED
    world.run(tenants.suspend(tenant_id, by=SYSTEM))
    assert problem_of(world, tenants.suspend(tenant_id, by=SYSTEM)) is TenantProblem.NOT_ACTIVE
    world.run(tenants.delete(tenant_id, by=SYSTEM))
    for work in (tenants.delete, tenants.suspend, tenants.resume):
        assert problem_of(world, work(tenant_id, by=SYSTEM)) is TenantProblem.DELETED
    assert problem_of(world, tenants.change_slug(tenant_id, new_slug(), by=SYSTEM)) is TenantProblem.DELETED
    assert problem_of(world, tenants.settings("unknown")) is TenantProblem.UNKNOWN


def test_who_may(world: World, tenants: Tenants) -> None:
    tenant_id, admin_id = new_tenant(world)
    user_id, boss = new_member(world, tenant_id), super_admin(world)

    def refused(work: Any) -> AccessProblem:
        with pytest.raises(AccessRefusedError) as error:
            world.run(work)
        return error.value.problem

    assert refused(tenants.suspend(tenant_id, by=admin_id)) is AccessProblem.NOT_SUPER_ADMIN
    assert refused(tenants.delete(tenant_id, by=user_id)) is AccessProblem.NOT_ADMIN
    world.run(tenants.suspend(tenant_id, by=boss))
    assert refused(tenants.resume(tenant_id, by=admin_id)) is AccessProblem.NOT_SUPER_ADMIN
    assert refused(tenants.delete(tenant_id, by=admin_id)) is AccessProblem.TENANT_SUSPENDED
    world.run(tenants.delete(tenant_id, by=boss))
    assert refused(tenants.restore(tenant_id, by=admin_id)) is AccessProblem.NOT_SUPER_ADMIN
    world.run(tenants.restore(tenant_id, by=boss))


def test_of_several_at_once_one_deletes(world: World, tenants: Tenants) -> None:
    tenant_id, _ = new_tenant(world)
    results = world.run(race(lambda: tenants.delete(tenant_id, by=SYSTEM), 5))
    assert results.count(None) == 1
    assert sum(isinstance(result, TenantStateError) for result in results) == 4
    assert actions(world, tenant_id).count("tenant.deleted") == 1


def add_feature(name: str) -> Callable[[TenantSettings], TenantSettings]:
    return lambda settings: replace(settings, features=(*settings.features, name))


def test_settings_changed_at_once(world: World, tenants: Tenants) -> None:
    """No change is lost, and what nobody here knows stays."""
    tenant_id, _ = new_tenant(world)
    stored = json.dumps({"features": ["first"], "branding": {"logo": "x"}})
    world.run(world.client.tenant.update(where={"id": tenant_id}, data={"settings": stored}))

    async def main() -> None:
        names = [f"f{number}" for number in range(6)]
        await asyncio.gather(
            *(tenants.change_settings(tenant_id, add_feature(name), by=SYSTEM) for name in names)
        )

    world.run(main())
    settings = world.run(tenants.settings(tenant_id))
    assert set(settings.features) == {"first", *(f"f{number}" for number in range(6))}
    assert settings.others == {"branding": {"logo": "x"}}
    assert actions(world, tenant_id).count("tenant.settings_changed") == 6


def test_what_a_tenant_pays_for(world: World, tenants: Tenants) -> None:
    tenant_id, admin_id = new_tenant(world)
    changed = tenants.change_settings(tenant_id, lambda old: replace(old, theme="dark"), by=admin_id)
    assert world.run(changed).theme == "dark"
    for change in (
        add_feature("analytics"),
        lambda old: replace(old, limits=replace(old.limits, users=10**6)),
        lambda old: replace(old, limits=replace(old.limits, others={"mine": 1})),
    ):
        with pytest.raises(AccessRefusedError) as error:
            world.run(tenants.change_settings(tenant_id, change, by=admin_id))
        assert error.value.problem is AccessProblem.NOT_SUPER_ADMIN
    assert not world.run(tenants.settings(tenant_id)).has("analytics")
    world.run(tenants.change_settings(tenant_id, add_feature("analytics"), by=super_admin(world)))
    assert world.run(tenants.settings(tenant_id)).has("analytics")


def test_settings_that_cannot_be_read(world: World, tenants: Tenants) -> None:
    tenant_id, _ = new_tenant(world)
    stored = json.dumps({"limits": {"users": "many"}})
    world.run(world.client.tenant.update(where={"id": tenant_id}, data={"settings": stored}))
    with pytest.raises(SettingsInvalidError):
        world.run(tenants.settings(tenant_id))
    with pytest.raises(SettingsInvalidError):
        world.run(tenants.change_settings(tenant_id, lambda old: old, by=SYSTEM))


def test_inside_of_a_transaction(world: World) -> None:
    """What the caller takes back, the change and its record are taken back with."""
    tenant_id, _ = new_tenant(world)

    async def main() -> None:
        async with world.client.tx(timeout=timedelta(seconds=10)) as inside:
            await Tenants(inside).delete(tenant_id, by=SYSTEM)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        world.run(main())
    assert status(world, tenant_id) == ("ACTIVE", False, False)
    assert actions(world, tenant_id) == ["tenant.created"]
