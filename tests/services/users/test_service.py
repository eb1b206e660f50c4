"""Sign-up, e-mail verification, deletion: in PostgreSQL, also by many at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import pytest

from kaven_schema.services.refresh_tokens import RefreshTokens
from kaven_schema.services.tenants import SYSTEM, AccessRefusedError, Tenants
from kaven_schema.services.users import MailedToken, Memberships, UserProblem, Users
from tests.services.project import World, race
from tests.services.tenants.people import actions, new_member, new_slug, new_tenant, super_admin
from tests.services.users.test_memberships import admins, problem_of, problems, together

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture
def users(world: World) -> Users:
    return Users(world.client)


def signed_up(world: World, email: str = "") -> tuple[str, MailedToken]:
    made = Users(world.client).sign_up(email or f"{new_slug()}@example.com", "Ana", "hash")
    found: tuple[str, MailedToken] = world.run(made)
    return found


def test_sign_up(world: World) -> None:
    name = new_slug()
    user_id, mailed = signed_up(world, f" {name.upper()}@Example.com ")
    row = world.row(user_id)
    assert (row.email, row.name, row.passwordHash) == (f"{name}@example.com", "Ana", "hash")
    assert (row.emailVerified, row.tenantId, row.globalRole) == (False, None, None)
    assert (mailed.email, mailed.token in repr(mailed)) == (row.email, False)
    assert actions(world, user_id) == ["user.created"]


def test_addresses_that_are_taken(world: World, users: Users) -> None:
    email = f"{new_slug()}@example.com"
    results = world.run(race(partial(users.sign_up, email, "Ana", "hash"), 6))
    assert problems(results) == [UserProblem.EMAIL_TAKEN] * 5
    assert problem_of(world, users.sign_up(email.upper(), "Ana", "hash")) is UserProblem.EMAIL_TAKEN
    assert problem_of(world, users.sign_up("nobody", "Ana", "hash")) is UserProblem.EMAIL_INVALID


def test_verification(world: World, users: Users) -> None:
    user_id, mailed = signed_up(world)
    stored = world.run(world.client.emailverification.find_unique(where={"userId": user_id}))
    assert stored.token == sha256(mailed.token.encode()).hexdigest()
    assert abs(mailed.expires_at - datetime.now(UTC) - timedelta(hours=24)) < timedelta(minutes=1)
    assert world.run(users.verify_email(mailed.token)) == user_id
    row = world.row(user_id)
    assert row.emailVerified
    assert row.emailVerifiedAt is not None
    assert problem_of(world, users.verify_email(mailed.token)) is UserProblem.TOKEN_INVALID
    assert problem_of(world, users.ask_verification(user_id)) is UserProblem.ALREADY_VERIFIED
    assert actions(world, user_id) == ["user.created", "user.email_verified"]


def test_of_eight_at_once_one_verifies(world: World, users: Users) -> None:
    for _ in range(3):
        user_id, mailed = signed_up(world)
        results = world.run(race(partial(users.verify_email, mailed.token)))
        assert results.count(user_id) == 1
        assert problems(results) == [UserProblem.TOKEN_INVALID] * 7
        assert actions(world, user_id).count("user.email_verified") == 1


@pytest.mark.parametrize("token", ["", "x" * 43, "\0", "\ud83d", "' OR 1=1 --", "x" * 10_000])
def test_unknown_tokens(world: World, users: Users, token: str) -> None:
    assert problem_of(world, users.verify_email(token)) is UserProblem.TOKEN_INVALID


def test_expired_replaced_hashed(world: World, users: Users) -> None:
    user_id, first = signed_up(world)
    second = world.run(users.ask_verification(user_id))
    assert problem_of(world, users.verify_email(first.token)) is UserProblem.TOKEN_INVALID
    digest = sha256(second.token.encode()).hexdigest()
    assert problem_of(world, users.verify_email(digest)) is UserProblem.TOKEN_INVALID
    late = Users(world.client, clock=lambda: datetime.now(UTC) + timedelta(hours=24, seconds=1))
    assert problem_of(world, late.verify_email(second.token)) is UserProblem.TOKEN_INVALID
    assert world.run(users.verify_email(second.token)) == user_id


def test_it_verifies_the_address_that_it_was_sent_to(world: World, users: Users) -> None:
    user_id, mailed = signed_up(world)
    world.change(user_id, email=f"{new_slug()}@example.com")
    assert problem_of(world, users.verify_email(mailed.token)) is UserProblem.TOKEN_INVALID
    assert not world.row(user_id).emailVerified


def test_delete_and_restore(world: World, users: Users) -> None:
    tenant_id, _ = new_tenant(world)
    user_id = new_member(world, tenant_id)
    token = world.run(RefreshTokens(world.client).issue(user_id)).token
    world.run(users.delete(user_id, by=user_id))
    assert world.row(user_id).deletedAt is not None
    assert world.run(world.client.refreshtoken.count(where={"userId": user_id})) == 0
    assert not world.run(RefreshTokens(world.client).revoke(token))
    assert problem_of(world, users.delete(user_id, by=SYSTEM)) is UserProblem.UNKNOWN_USER
    with pytest.raises(AccessRefusedError):
        world.run(users.restore(user_id, by=user_id))
    world.run(users.restore(user_id, by=super_admin(world)))
    assert world.run(Memberships(world.client).access(tenant_id, user_id)).role == "USER"
    assert problem_of(world, users.restore(user_id, by=SYSTEM)) is UserProblem.NOT_DELETED
    assert actions(world, user_id) == ["user.added", "user.deleted", "user.restored"]


def test_deleted_users_verify_nothing(world: World, users: Users) -> None:
    user_id, mailed = signed_up(world)
    world.run(users.delete(user_id, by=user_id))
    for work in (users.verify_email(mailed.token), users.ask_verification(user_id)):
        assert problem_of(world, work) in (UserProblem.TOKEN_INVALID, UserProblem.UNKNOWN_USER)


def test_who_may_delete(world: World, users: Users) -> None:
    tenant_id, admin_id = new_tenant(world)
    user_id = new_member(world, tenant_id)
    assert problem_of(world, users.delete(user_id, by=admin_id)) is UserProblem.NOT_YOURSELF
    world.run(users.delete(user_id, by=super_admin(world)))


def test_the_last_admin_cannot_be_deleted(world: World, users: Users) -> None:
    tenant_id, admin_id = new_tenant(world)
    for by in (admin_id, SYSTEM, super_admin(world)):
        assert problem_of(world, users.delete(admin_id, by=by)) is UserProblem.LAST_ADMIN
    world.run(Tenants(world.client).delete(tenant_id, by=admin_id))
    world.run(users.delete(admin_id, by=SYSTEM))


def test_of_the_last_super_admins_one_is_left(own_world: World) -> None:
    """Also where somebody is appointed, and the other one dismissed, while they are being deleted."""
    client, other = own_world.client, super_admin(own_world)
    chosen = own_world.user()

    class Slow(Users):
        __slots__ = ()

        async def _check_super_admins(self, inside: Any, user_id: str) -> bool:
            found = await super()._check_super_admins(inside, user_id)
            await client.user.update(where={"id": user_id}, data={"globalRole": "SUPER_ADMIN"})
            await client.user.update(where={"id": other}, data={"globalRole": None})
            return found

    work = Slow(client).delete(chosen, by=chosen)
    assert problem_of(own_world, work) is UserProblem.CHANGED_MEANWHILE
    assert own_world.row(chosen).deletedAt is None
    assert problem_of(own_world, Users(client).delete(chosen, by=chosen)) is UserProblem.LAST_SUPER_ADMIN


def test_two_admins_deleted_at_once(world: World, users: Users) -> None:
    """Of two tenants, in which they came in in other orders."""
    for _ in range(5):
        first, one = new_tenant(world)
        second, other = new_tenant(world)
        members = Memberships(world.client)
        for tenant_id, user_id in ((first, other), (second, one)):
            world.run(members.add(tenant_id, user_id, by=SYSTEM, role="TENANT_ADMIN"))
        results = together(world, users.delete(one, by=SYSTEM), users.delete(other, by=SYSTEM))
        assert results.count(None) == 1
        assert problems(results) == [UserProblem.LAST_ADMIN]
        assert admins(world, first) == admins(world, second) == 1


def test_one_is_deleted_while_the_other_leaves(world: World, users: Users) -> None:
    members = Memberships(world.client)
    for _ in range(10):
        tenant_id, one = new_tenant(world)
        other = new_member(world, tenant_id, "TENANT_ADMIN")
        results = together(world, users.delete(one, by=SYSTEM), members.leave(tenant_id, other))
        assert results.count(None) == 1
        assert problems(results) == [UserProblem.LAST_ADMIN]
        assert admins(world, tenant_id) == 1


def test_deleted_while_being_made_an_admin_elsewhere(world: World, users: Users) -> None:
    """Either it is too late for the one, or for the other: no tenant is left to a deleted user."""
    members = Memberships(world.client)
    for _ in range(10):
        tenant_id, first = new_tenant(world)
        user_id = world.user()

        async def hand_over(tenant_id: str = tenant_id, first: str = first, user_id: str = user_id) -> None:
            await members.add(tenant_id, user_id, by=SYSTEM, role="TENANT_ADMIN")
            await members.leave(tenant_id, first)

        results = together(world, hand_over(), users.delete(user_id, by=SYSTEM))
        assert set(problems(results)) <= {
            UserProblem.UNKNOWN_USER,
            UserProblem.LAST_ADMIN,
            UserProblem.CHANGED_MEANWHILE,
        }
        assert admins(world, tenant_id) == 1


def test_no_service_shows_its_client(world: World) -> None:
    shown: list[Any] = [Users(world.client), Memberships(world.client), Tenants(world.client)]
    assert "Prisma" not in repr(shown)
