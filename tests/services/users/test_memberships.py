"""Invite, join, leave, change role: in PostgreSQL, also by many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import pytest

from kaven_schema.services.tenants import SYSTEM, AccessRefusedError, Tenants
from kaven_schema.services.users import MailedToken, Memberships, UserProblem, UserRefusedError
from tests.services.project import World, race
from tests.services.tenants.people import actions, new_member, new_slug, new_tenant, verified_user

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture
def members(world: World) -> Memberships:
    return Memberships(world.client)


def problem_of(world: World, work: Any) -> UserProblem:
    with pytest.raises(UserRefusedError) as error:
        world.run(work)
    return error.value.problem


def problems(results: list[Any]) -> list[UserProblem]:
    assert all(isinstance(result, UserRefusedError) for result in results if isinstance(result, Exception)), (
        results
    )
    return [result.problem for result in results if isinstance(result, UserRefusedError)]


def together(world: World, *work: Coroutine[Any, Any, Any]) -> list[Any]:
    async def main() -> list[Any]:
        return await asyncio.gather(*work, return_exceptions=True)

    found: list[Any] = world.run(main())
    return found


def role_of(world: World, tenant_id: str, user_id: str) -> str | None:
    found = world.run(world.client.usertenant.find_many(where={"tenantId": tenant_id, "userId": user_id}))
    return found[0].role if found else None


def admins(world: World, tenant_id: str) -> int:
    """Who could still act."""
    where = {"tenantId": tenant_id, "role": "TENANT_ADMIN", "user": {"is": {"deletedAt": None}}}
    count: int = world.run(world.client.usertenant.count(where=where))
    return count


def invited(world: World, tenant_id: str, admin_id: str, user_id: str, role: str = "USER") -> MailedToken:
    email = world.row(user_id).email
    mailed: MailedToken = world.run(
        Memberships(world.client).invite(tenant_id, email, by=admin_id, role=role)
    )
    return mailed


def test_invite_and_join(world: World, members: Memberships) -> None:
    tenant_id, admin_id = new_tenant(world)
    user_id = verified_user(world)
    mailed = invited(world, tenant_id, admin_id, user_id, "TENANT_ADMIN")
    assert mailed.token not in repr(mailed)
    (row,) = world.run(members.invitations(tenant_id, by=admin_id))
    assert (row.id, row.email, row.role) == (mailed.id, mailed.email, "TENANT_ADMIN")
    assert row.token == sha256(mailed.token.encode()).hexdigest()
    assert world.run(members.join(mailed.token, user_id)) == tenant_id
    assert role_of(world, tenant_id, user_id) == "TENANT_ADMIN"
    assert world.row(user_id).tenantId == tenant_id
    assert world.run(members.invitations(tenant_id, by=admin_id)) == []
    assert problem_of(world, members.join(mailed.token, user_id)) is UserProblem.TOKEN_INVALID
    assert (actions(world, mailed.id), actions(world, user_id)) == (["user.invited"], ["user.joined"])


def test_a_token_joins_once_also_in_a_race(world: World, members: Memberships) -> None:
    for _ in range(3):
        tenant_id, admin_id = new_tenant(world)
        user_id = verified_user(world)
        token = invited(world, tenant_id, admin_id, user_id).token
        results = world.run(race(partial(members.join, token, user_id)))
        assert results.count(tenant_id) == 1
        assert problems(results) == [UserProblem.TOKEN_INVALID] * 7
        assert actions(world, user_id) == ["user.joined"]


def test_a_token_of_another(world: World, members: Memberships) -> None:
    """Whoever gets hold of the link does not get in with it."""
    tenant_id, admin_id = new_tenant(world)
    user_id, thief = verified_user(world), verified_user(world)
    token = invited(world, tenant_id, admin_id, user_id).token
    assert problem_of(world, members.join(token, thief)) is UserProblem.TOKEN_INVALID
    assert role_of(world, tenant_id, thief) is None
    assert world.run(members.join(token, user_id)) == tenant_id


def test_an_address_that_is_not_verified(world: World, members: Memberships) -> None:
    """Who signs up with an address that was invited, and has the link, may still not have seen its mailbox."""
    tenant_id, admin_id = new_tenant(world)
    user_id = world.user()
    token = invited(world, tenant_id, admin_id, user_id, "TENANT_ADMIN").token
    assert problem_of(world, members.join(token, user_id)) is UserProblem.NOT_VERIFIED
    assert role_of(world, tenant_id, user_id) is None
    world.change(user_id, emailVerified=True)
    assert world.run(members.join(token, user_id)) == tenant_id, "the invitation stayed open"


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "\0", "\ud83d", "x" * 10_000])
def test_unknown_tokens(world: World, members: Memberships, token: str) -> None:
    assert problem_of(world, members.join(token, world.user())) is UserProblem.TOKEN_INVALID


def test_the_hash_is_no_token(world: World, members: Memberships) -> None:
    tenant_id, admin_id = new_tenant(world)
    user_id = verified_user(world)
    digest = sha256(invited(world, tenant_id, admin_id, user_id).token.encode()).hexdigest()
    assert problem_of(world, members.join(digest, user_id)) is UserProblem.TOKEN_INVALID


def test_expired_withdrawn_replaced(world: World, members: Memberships) -> None:
    tenant_id, admin_id = new_tenant(world)
    user_id = verified_user(world)
    first = invited(world, tenant_id, admin_id, user_id)
    second = invited(world, tenant_id, admin_id, user_id)
    assert problem_of(world, members.join(first.token, user_id)) is UserProblem.TOKEN_INVALID
    late = Memberships(world.client, clock=lambda: datetime.now(UTC) + timedelta(days=7, seconds=1))
    assert problem_of(world, late.join(second.token, user_id)) is UserProblem.TOKEN_INVALID
    assert world.run(late.invitations(tenant_id, by=admin_id)) == []
    other_id, other_admin = new_tenant(world)
    assert not world.run(members.withdraw(other_id, second.id, by=other_admin)), "not theirs"
    assert world.run(members.withdraw(tenant_id, second.id, by=admin_id))
    assert not world.run(members.withdraw(tenant_id, second.id, by=admin_id))
    assert problem_of(world, members.join(second.token, user_id)) is UserProblem.TOKEN_INVALID


def test_into_a_suspended_tenant(world: World, members: Memberships) -> None:
    tenant_id, admin_id = new_tenant(world)
    user_id = verified_user(world)
    token = invited(world, tenant_id, admin_id, user_id).token
    world.run(Tenants(world.client).suspend(tenant_id, by=SYSTEM))
    with pytest.raises(AccessRefusedError):
        world.run(members.join(token, user_id))
    world.run(Tenants(world.client).resume(tenant_id, by=SYSTEM))
    assert world.run(members.join(token, user_id)) == tenant_id


def test_members_twice(world: World, members: Memberships) -> None:
    tenant_id, admin_id = new_tenant(world)
    user_id = new_member(world, tenant_id)
    assert problem_of(world, members.add(tenant_id, user_id, by=SYSTEM)) is UserProblem.ALREADY_MEMBER
    email = world.row(user_id).email.upper()
    assert problem_of(world, members.invite(tenant_id, email, by=admin_id)) is UserProblem.ALREADY_MEMBER
    outsider = world.user()
    results = world.run(race(partial(members.add, tenant_id, outsider, by=SYSTEM)))
    assert problems(results) == [UserProblem.ALREADY_MEMBER] * 7


def test_roles_that_no_tenant_gives(world: World, members: Memberships) -> None:
    tenant_id, admin_id = new_tenant(world)
    user_id = new_member(world, tenant_id)
    for work in (
        members.invite(tenant_id, f"{new_slug()}@example.com", by=admin_id, role="SUPER_ADMIN"),
        members.change_role(tenant_id, user_id, "SUPER_ADMIN", by=admin_id),
        members.change_role(tenant_id, admin_id, "SUPER_ADMIN", by=admin_id),
    ):
        assert problem_of(world, work) is UserProblem.ROLE_NOT_ALLOWED
    with pytest.raises(world.package.errors.PrismaError):
        world.run(members.change_role(tenant_id, user_id, "EMPEROR", by=admin_id))
    assert role_of(world, tenant_id, user_id) == "USER"


def test_limit_of_users(world: World, members: Memberships) -> None:
    """Of many who join at once, as many as there are seats."""
    tenant_id, admin_id = new_tenant(world)
    users = [verified_user(world) for _ in range(6)]
    tokens = [invited(world, tenant_id, admin_id, user_id).token for user_id in users]
    tenants = Tenants(world.client)
    world.run(
        tenants.change_settings(
            tenant_id, lambda old: replace(old, limits=replace(old.limits, users=3)), by=SYSTEM
        )
    )
    results = together(world, *(members.join(*pair) for pair in zip(tokens, users, strict=True)))
    assert results.count(tenant_id) == 2
    assert problems(results) == [UserProblem.LIMIT_REACHED] * 4
    assert world.run(world.client.usertenant.count(where={"tenantId": tenant_id})) == 3
    work = members.invite(tenant_id, f"{new_slug()}@example.com", by=admin_id)
    assert problem_of(world, work) is UserProblem.LIMIT_REACHED


def test_leave_and_remove(world: World, members: Memberships) -> None:
    tenant_id, admin_id = new_tenant(world)
    first, second = new_member(world, tenant_id), new_member(world, tenant_id)
    world.run(members.leave(tenant_id, first))
    world.run(members.remove(tenant_id, second, by=admin_id))
    for user_id in (first, second):
        assert role_of(world, tenant_id, user_id) is None
        assert world.row(user_id).tenantId is None
        with pytest.raises(AccessRefusedError):
            world.run(members.access(tenant_id, user_id))
    assert problem_of(world, members.leave(tenant_id, first)) is UserProblem.NOT_A_MEMBER
    assert [member.userId for member in world.run(members.of_tenant(tenant_id, by=admin_id))] == [admin_id]
    assert actions(world, first) == ["user.added", "user.left"]
    assert actions(world, second) == ["user.added", "user.removed"]


def test_leaving_one_of_several(world: World, members: Memberships) -> None:
    """The primary tenant becomes another that is left."""
    first, _ = new_tenant(world)
    second, _ = new_tenant(world)
    user_id = new_member(world, first)
    world.run(members.add(second, user_id, by=SYSTEM))
    assert world.row(user_id).tenantId == first
    world.run(members.leave(first, user_id))
    assert world.row(user_id).tenantId == second


def test_the_last_admin_stays(world: World, members: Memberships) -> None:
    tenant_id, admin_id = new_tenant(world)
    new_member(world, tenant_id)
    gone = new_member(world, tenant_id, "TENANT_ADMIN")
    world.change(gone, deletedAt=datetime.now(UTC))
    for work in (
        members.leave(tenant_id, admin_id),
        members.remove(tenant_id, admin_id, by=SYSTEM),
        members.change_role(tenant_id, admin_id, "USER", by=admin_id),
    ):
        assert problem_of(world, work) is UserProblem.LAST_ADMIN
    assert world.run(members.access(tenant_id, admin_id)).is_admin
    heir = new_member(world, tenant_id)
    world.run(members.change_role(tenant_id, heir, "TENANT_ADMIN", by=admin_id))
    world.run(members.change_role(tenant_id, admin_id, "USER", by=heir))
    world.run(members.leave(tenant_id, admin_id))
    assert admins(world, tenant_id) == 1


def test_two_admins_leaving_at_once(world: World, members: Memberships) -> None:
    for _ in range(10):
        tenant_id, first = new_tenant(world)
        second = new_member(world, tenant_id, "TENANT_ADMIN")
        results = together(world, members.leave(tenant_id, first), members.leave(tenant_id, second))
        assert results.count(None) == 1
        assert problems(results) == [UserProblem.LAST_ADMIN]
        assert admins(world, tenant_id) == 1


def test_two_admins_demoting_each_other(world: World, members: Memberships) -> None:
    """Whoever comes second is no administrator any more, and may not."""
    for _ in range(5):
        tenant_id, first = new_tenant(world)
        second = new_member(world, tenant_id, "TENANT_ADMIN")
        results = together(
            world,
            members.change_role(tenant_id, second, "USER", by=first),
            members.change_role(tenant_id, first, "USER", by=second),
        )
        assert results.count(None) == 1
        assert sum(isinstance(result, AccessRefusedError) for result in results) == 1
        assert admins(world, tenant_id) == 1


def test_six_admins_going_in_every_way(world: World, members: Memberships) -> None:
    for _ in range(4):
        tenant_id, first = new_tenant(world)
        rest = [new_member(world, tenant_id, "TENANT_ADMIN") for _ in range(5)]
        results = together(
            world,
            members.leave(tenant_id, first),
            members.leave(tenant_id, rest[0]),
            members.remove(tenant_id, rest[1], by=SYSTEM),
            members.change_role(tenant_id, rest[2], "USER", by=SYSTEM),
            members.change_role(tenant_id, rest[3], "USER", by=rest[3]),
            members.remove(tenant_id, rest[4], by=SYSTEM),
        )
        assert problems(results) == [UserProblem.LAST_ADMIN]
        assert admins(world, tenant_id) == 1


def test_inside_of_a_transaction(world: World) -> None:
    tenant_id, admin_id = new_tenant(world)
    second = new_member(world, tenant_id, "TENANT_ADMIN")

    async def main() -> None:
        async with world.client.tx(timeout=timedelta(seconds=10)) as inside:
            await Memberships(inside).leave(tenant_id, second)
            with pytest.raises(UserRefusedError):
                await Memberships(inside).leave(tenant_id, admin_id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        world.run(main())
    assert admins(world, tenant_id) == 2
