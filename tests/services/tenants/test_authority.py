"""Who may act where: a right is a row that says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kaven_schema.services.tenants import (
    SYSTEM,
    AccessProblem,
    AccessRefusedError,
    Tenants,
    access_to,
    require_admin,
    require_super_admin,
)
from kaven_schema.services.users import Memberships, UserRefusedError, Users
from tests.services.project import World
from tests.services.tenants.people import new_member, new_slug, new_tenant, super_admin, tenant_row

pytestmark = pytest.mark.xdist_group("postgres")


def problem_of(world: World, work: Any) -> AccessProblem:
    with pytest.raises(AccessRefusedError) as error:
        world.run(work)
    return error.value.problem


def test_members(world: World) -> None:
    tenant_id, admin_id = new_tenant(world)
    user_id = new_member(world, tenant_id)
    admin = world.run(access_to(world.client, tenant_id, admin_id))
    assert (admin.role, admin.is_admin, admin.is_super_admin) == ("TENANT_ADMIN", True, False)
    user = world.run(access_to(world.client, tenant_id, user_id))
    assert (user.role, user.is_admin, user.is_super_admin) == ("USER", False, False)
    assert problem_of(world, require_admin(world.client, tenant_id, user_id)) is AccessProblem.NOT_ADMIN


def test_a_role_in_each_tenant(world: World) -> None:
    first, admin_id = new_tenant(world)
    second, _ = new_tenant(world)
    third, _ = new_tenant(world)
    world.run(Memberships(world.client).add(second, admin_id, by=SYSTEM))
    assert world.run(access_to(world.client, first, admin_id)).is_admin
    assert not world.run(access_to(world.client, second, admin_id)).is_admin
    assert problem_of(world, access_to(world.client, third, admin_id)) is AccessProblem.NOT_A_MEMBER
    found = world.run(Memberships(world.client).of_user(admin_id))
    assert [(member.tenant.id, member.role) for member in found] == [
        (first, "TENANT_ADMIN"),
        (second, "USER"),
    ]


def test_super_admin_by_the_global_role_alone(world: World) -> None:
    tenant_id, _ = new_tenant(world)
    boss = world.run(access_to(world.client, tenant_id, super_admin(world)))
    assert (boss.role, boss.is_admin, boss.is_super_admin) == (None, True, True)
    for role in ("TENANT_ADMIN", "USER", None):
        user_id = world.user(globalRole=role)
        assert problem_of(world, require_super_admin(world.client, user_id)) is AccessProblem.NOT_SUPER_ADMIN


def test_a_super_admin_of_a_tenant_is_none(world: World) -> None:
    """The schema allows the row; no service of ours writes it."""
    tenant_id, _ = new_tenant(world)
    user_id = world.user()
    row = {"userId": user_id, "tenantId": tenant_id, "role": "SUPER_ADMIN"}
    world.run(world.client.usertenant.create(data=row))
    access = world.run(access_to(world.client, tenant_id, user_id))
    assert not access.is_super_admin
    assert not access.is_admin
    assert problem_of(world, require_super_admin(world.client, user_id)) is AccessProblem.NOT_SUPER_ADMIN
    with pytest.raises(UserRefusedError):
        world.run(Memberships(world.client).add(tenant_id, world.user(), by=SYSTEM, role="SUPER_ADMIN"))


def doors(world: World, tenant_id: str, target_id: str, by: Any) -> list[Any]:
    """All that may be asked for on behalf of somebody."""
    members, tenants, users = Memberships(world.client), Tenants(world.client), Users(world.client)
    return [
        members.access(tenant_id, by),
        members.of_tenant(tenant_id, by=by),
        members.invitations(tenant_id, by=by),
        members.invite(tenant_id, "new@example.com", by=by),
        members.withdraw(tenant_id, "any", by=by),
        members.add(tenant_id, by, by=by),
        members.change_role(tenant_id, target_id, "USER", by=by),
        members.change_role(tenant_id, by, "TENANT_ADMIN", by=by),
        members.remove(tenant_id, target_id, by=by),
        members.leave(tenant_id, by),
        members.join("x", by),
        tenants.create("Mine", new_slug(), admin_id=by, by=by),
        tenants.change_slug(tenant_id, new_slug(), by=by),
        tenants.change_settings(tenant_id, lambda settings: settings, by=by),
        tenants.suspend(tenant_id, by=by),
        tenants.resume(tenant_id, by=by),
        tenants.delete(tenant_id, by=by),
        tenants.restore(tenant_id, by=by),
        users.delete(target_id, by=by),
        users.restore(target_id, by=by),
    ]


def refuse_all(world: World, tenant_id: str, target_id: str, by: Any) -> None:
    def state() -> list[Any]:
        client = world.client
        members = world.run(client.usertenant.find_many(where={"tenantId": tenant_id}, order={"id": "asc"}))
        log = world.run(client.auditlog.count(where={"tenantId": tenant_id}))
        return [tenant_row(world, tenant_id), world.row(target_id), members, log]

    before = state()
    for work in doors(world, tenant_id, target_id, by):
        with pytest.raises((AccessRefusedError, UserRefusedError)):
            world.run(work)
    assert state() == before


def test_a_sign_up_without_tenant_is_refused_everything(world: World) -> None:
    tenant_id, _ = new_tenant(world)
    target_id = new_member(world, tenant_id)
    user_id, mailed = world.run(Users(world.client).sign_up(f"{new_slug()}@example.com", "Mallory", "hash"))
    assert world.row(user_id).tenantId is None
    refuse_all(world, tenant_id, target_id, user_id)
    world.run(Users(world.client).verify_email(mailed.token))
    refuse_all(world, tenant_id, target_id, user_id)


@pytest.mark.parametrize("nobody", ["", "unknown", "SYSTEM", "system", "SUPER_ADMIN", "\0", "' OR 1=1 --"])
def test_nobody_is_refused_everything(world: World, nobody: str) -> None:
    tenant_id, _ = new_tenant(world)
    target_id = new_member(world, tenant_id)
    with pytest.raises((AccessRefusedError, world.package.errors.PrismaError)):
        world.run(require_super_admin(world.client, nobody))
    if "\0" not in nobody:
        refuse_all(world, tenant_id, target_id, nobody)


def test_the_admin_of_another_tenant_is_refused_everything(world: World) -> None:
    tenant_id, _ = new_tenant(world)
    _, stranger = new_tenant(world)
    refuse_all(world, tenant_id, new_member(world, tenant_id), stranger)


def test_deleted_users_are_refused_everything(world: World) -> None:
    tenant_id, _ = new_tenant(world)
    target_id = new_member(world, tenant_id)
    for gone in (new_member(world, tenant_id, "TENANT_ADMIN"), super_admin(world)):
        world.change(gone, deletedAt=datetime.now(UTC))
        refuse_all(world, tenant_id, target_id, gone)


def test_the_users_of_a_suspended_tenant_cannot_act(world: World) -> None:
    tenant_id, admin_id = new_tenant(world)
    target_id = new_member(world, tenant_id)
    tenants = Tenants(world.client)
    world.run(tenants.suspend(tenant_id, by=SYSTEM))
    for user_id in (admin_id, target_id):
        assert (
            problem_of(world, access_to(world.client, tenant_id, user_id)) is AccessProblem.TENANT_SUSPENDED
        )
    refuse_all(world, tenant_id, target_id, admin_id)
    world.run(tenants.resume(tenant_id, by=SYSTEM))
    assert world.run(access_to(world.client, tenant_id, admin_id)).is_admin


def test_nor_those_of_a_deleted_one(world: World) -> None:
    tenant_id, admin_id = new_tenant(world)
    target_id = new_member(world, tenant_id)
    world.run(Tenants(world.client).delete(tenant_id, by=admin_id))
    assert problem_of(world, access_to(world.client, tenant_id, admin_id)) is AccessProblem.TENANT_DELETED
    refuse_all(world, tenant_id, target_id, admin_id)


def test_another_tenant_of_theirs_stays_open(world: World) -> None:
    first, admin_id = new_tenant(world)
    second, _ = new_tenant(world)
    world.run(Memberships(world.client).add(second, admin_id, by=SYSTEM))
    world.run(Tenants(world.client).suspend(first, by=SYSTEM))
    assert world.run(access_to(world.client, second, admin_id)).role == "USER"
