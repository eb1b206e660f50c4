"""The way to all tenants: for whoever is proved to be a super admin, on the one connection that sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.services.access_tokens import AccessTokenRefusedError, AccessTokens, Identity
from kaven_schema.services.audit import current_context
from kaven_schema.services.refresh_tokens import RefreshTokens
from kaven_schema.services.secrets import Key, KeyRing
from kaven_schema.services.super_admins import SuperAdminProblem, SuperAdminRefusedError, SuperAdmins
from kaven_schema.services.tenants import SYSTEM
from kaven_schema.services.users import UserProblem, UserRefusedError, Users
from tests.database.servers import query, superuser
from tests.services.project import World

pytestmark = pytest.mark.xdist_group("postgres")

KEYS = KeyRing((Key("test", bytes(range(64))),))
TOKENS = AccessTokens(KEYS, "https://saas.com", "office")


@pytest.fixture
def office(super_admin: Any) -> SuperAdmins[Any]:
    return SuperAdmins(super_admin, TOKENS)


@pytest.fixture
def someone(guarded_world: World, authentication: Any) -> Callable[[], str]:
    """Signs a user up, who is in no tenant; the user's id."""

    def sign_up() -> str:
        work = Users(authentication).sign_up(f"{uuid4().hex}@example.com", "Somebody", "hash")
        return str(guarded_world.run(work)[0])

    return sign_up


@pytest.fixture
def admin_id(guarded_world: World, office: SuperAdmins[Any], someone: Callable[[], str]) -> str:
    user_id = someone()
    guarded_world.run(office.appoint(user_id, by=SYSTEM, reason="the first one"))
    return user_id


def log(world: World, user_id: str) -> list[str]:
    found = query(
        world.url(Role.OWNER),
        f"SELECT action FROM audit_logs WHERE entity_id = '{user_id}' ORDER BY created_at",
    )
    return [str(action) for (action,) in found]


async def seen(office: SuperAdmins[Any], user_id: str) -> int:
    async with office.acting(user_id, reason="ticket 7") as client:
        assert current_context().user_id == user_id
        return int(await client.user.count())


def refused(world: World, work: Any) -> str:
    with pytest.raises(SuperAdminRefusedError) as caught:
        world.run(work)
    return str(caught.value.problem)


def test_who_is_proved_sees_all_tenants(
    guarded_world: World, office: SuperAdmins[Any], admin_id: str
) -> None:
    assert guarded_world.run(seen(office, admin_id)) > 0
    assert "super_admin.acted" in log(guarded_world, admin_id)


def test_nobody_by_having_no_tenant(
    guarded_world: World, office: SuperAdmins[Any], someone: Callable[[], str]
) -> None:
    user_id = someone()
    assert refused(guarded_world, seen(office, user_id)) == SuperAdminProblem.NO_SUPER_ADMIN
    assert log(guarded_world, user_id)[-1] == "super_admin.refused"
    for nobody in ("", "None", str(uuid4())):
        assert refused(guarded_world, seen(office, nobody)) == SuperAdminProblem.NO_SUPER_ADMIN


def test_not_without_a_reason(guarded_world: World, office: SuperAdmins[Any], admin_id: str) -> None:
    async def silently() -> None:
        async with office.acting(admin_id, reason=" "):
            raise AssertionError

    assert refused(guarded_world, silently()) == SuperAdminProblem.NO_REASON


def test_not_once_deleted(guarded_world: World, office: SuperAdmins[Any], admin_id: str) -> None:
    query(guarded_world.url(Role.OWNER), f"UPDATE users SET deleted_at = now() WHERE id = '{admin_id}'")
    assert refused(guarded_world, seen(office, admin_id)) == SuperAdminProblem.NO_SUPER_ADMIN


@pytest.mark.parametrize("role", [Role.APP, Role.OWNER, Role.AUTHENTICATION, Role.BACKUP])
def test_not_on_another_connection(guarded_world: World, admin_id: str, role: Role) -> None:
    async def work() -> None:
        client = guarded_world.package.Prisma(
            use_dotenv=False, datasource={"url": str(guarded_world.url(role))}
        )
        async with client:
            await seen(SuperAdmins(client), admin_id)

    assert refused(guarded_world, work()) == SuperAdminProblem.WRONG_CONNECTION


def test_not_as_superuser(guarded_world: World, office: SuperAdmins[Any], admin_id: str) -> None:
    with superuser(guarded_world.server) as connection:
        connection.execute("ALTER ROLE kaven_super_admin BYPASSRLS")
        try:
            assert refused(guarded_world, seen(office, admin_id)) == SuperAdminProblem.WRONG_CONNECTION
        finally:
            connection.execute("ALTER ROLE kaven_super_admin NOBYPASSRLS")


def test_what_fails_is_undone_with_its_record(
    guarded_world: World, office: SuperAdmins[Any], admin_id: str
) -> None:
    async def work() -> None:
        async with office.acting(admin_id, reason="ticket 7") as client:
            await client.tenant.create(data={"name": "x", "slug": "undone"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        guarded_world.run(work())
    assert "super_admin.acted" not in log(guarded_world, admin_id)
    assert query(guarded_world.url(Role.OWNER), "SELECT 1 FROM tenants WHERE slug = 'undone'") == []


def test_by_access_token(
    guarded_world: World, office: SuperAdmins[Any], authentication: Any, admin_id: str
) -> None:
    sessions = RefreshTokens(authentication)

    async def enter(token: str) -> None:
        async with office.acting_with(token, reason="ticket 7") as client:
            await client.tenant.count()

    session = guarded_world.run(sessions.issue(admin_id))
    said = Identity(user_id=admin_id, session_id=session.session_id, is_super_admin=True)
    guarded_world.run(enter(TOKENS.issue(said)))
    humble = TOKENS.issue(replace(said, is_super_admin=False))
    assert refused(guarded_world, enter(humble)) == SuperAdminProblem.NO_SUPER_ADMIN
    elsewhere = replace(TOKENS, audience="api").issue(said)
    old = replace(TOKENS, clock=lambda: datetime.now(UTC) - timedelta(hours=1)).issue(said)
    forged = replace(TOKENS, keys=KeyRing((Key("test", bytes(64)),))).issue(said)
    for token in (elsewhere, old, forged, "", "x.y.z"):
        with pytest.raises(AccessTokenRefusedError):
            guarded_world.run(enter(token))
    token = TOKENS.issue(said)
    guarded_world.run(sessions.revoke(session.token))
    assert refused(guarded_world, enter(token)) == SuperAdminProblem.SESSION_ENDED


def test_token_of_one_who_was_dismissed(
    guarded_world: World, office: SuperAdmins[Any], someone: Callable[[], str], admin_id: str
) -> None:
    """The token still says so; the database does not."""
    other = someone()
    guarded_world.run(office.appoint(other, by=admin_id, reason="helps"))
    guarded_world.run(office.dismiss(other, by=admin_id, reason="helped"))
    token = TOKENS.issue(Identity(user_id=other, session_id="s", is_super_admin=True))

    async def enter() -> None:
        async with office.acting_with(token, reason="ticket 7"):
            raise AssertionError

    assert refused(guarded_world, enter()) == SuperAdminProblem.NO_SUPER_ADMIN
    assert log(guarded_world, other)[1:] == [
        *("super_admin.appointed", "super_admin.dismissed", "super_admin.refused"),
    ]


def test_dismissal_waits_for_what_is_under_way(
    guarded_world: World, office: SuperAdmins[Any], someone: Callable[[], str], admin_id: str
) -> None:
    other = someone()
    guarded_world.run(office.appoint(other, by=admin_id, reason="helps"))

    async def work() -> list[str]:
        done: list[str] = []

        async def dismiss() -> None:
            await office.dismiss(other, by=SYSTEM, reason="helped")
            done.append("dismissed")

        async with office.acting(other, reason="ticket 7"):
            task = asyncio.create_task(dismiss())
            await asyncio.sleep(0.3)
            done.append("acted")
        await task
        return done

    assert guarded_world.run(work()) == ["acted", "dismissed"]


def test_only_super_admins_appoint(
    guarded_world: World, office: SuperAdmins[Any], someone: Callable[[], str], admin_id: str
) -> None:
    user_id, other = someone(), someone()
    for by in (user_id, other, str(uuid4())):
        work = office.appoint(user_id, by=by, reason="please")
        assert refused(guarded_world, work) == SuperAdminProblem.NO_SUPER_ADMIN
    assert refused(guarded_world, office.appoint(admin_id, by=SYSTEM, reason="x")) == SuperAdminProblem.IS_ONE


def test_the_last_one_stays(
    guarded_world: World, office: SuperAdmins[Any], authentication: Any, someone: Callable[[], str]
) -> None:
    """Dismissed or deleted, by whomever; and of two who go at once one stays."""
    owner = guarded_world.url(Role.OWNER)
    query(owner, "UPDATE users SET global_role = NULL")
    pair = [someone() for _ in range(2)]
    for user_id in pair:
        guarded_world.run(office.appoint(user_id, by=SYSTEM, reason="a pair"))

    async def both() -> tuple[object, ...]:
        users = Users(authentication)
        first, second = pair
        return await asyncio.gather(
            *(
                office.dismiss(first, by=second, reason="a duel"),
                office.dismiss(second, by=first, reason="a duel"),
            ),
            *(users.delete(first, by=first), users.delete(second, by=second)),
            return_exceptions=True,
        )

    results = guarded_world.run(both())
    assert query(
        owner, "SELECT count(*) FROM users WHERE global_role IS NOT NULL AND deleted_at IS NULL"
    ) == [(1,)]
    expected = (UserRefusedError, SuperAdminRefusedError)
    assert all(one is None or isinstance(one, expected) for one in results), results
    ((last,),) = query(owner, "SELECT id FROM users WHERE global_role IS NOT NULL AND deleted_at IS NULL")
    for work in (
        office.dismiss(str(last), by=SYSTEM, reason="x"),
        Users(authentication).delete(str(last), by=SYSTEM),
    ):
        with pytest.raises(UserRefusedError) as caught:
            guarded_world.run(work)
        assert caught.value.problem == UserProblem.LAST_SUPER_ADMIN


def test_secrets_stay_out_of_sight(office: SuperAdmins[Any]) -> None:
    shown = repr(office)
    assert "postgresql" not in shown
    assert KEYS.current.material.hex() not in shown
