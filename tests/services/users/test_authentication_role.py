"""The services that work before a tenant is known, as `kaven_authentication`: they run, and reach nothing else."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pyotp
import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.database.row_level_security.proving import prove
from kaven_schema.services.access import transaction
from kaven_schema.services.audit import AuditTrail, record
from kaven_schema.services.passwords import PasswordHasher, Passwords
from kaven_schema.services.refresh_tokens import RefreshTokens, TokenRefusedError, clean_up
from kaven_schema.services.secrets import Key, KeyRing
from kaven_schema.services.tenants import SYSTEM, Subdomains, Tenants, access_to
from kaven_schema.services.two_factor import TwoFactor
from kaven_schema.services.users import Memberships, Users
from kaven_schema.services.users import clean_up as clean_up_users
from tests.database.servers import query
from tests.services.project import World
from tests.services.protected import services_catalog

pytestmark = pytest.mark.xdist_group("postgres")

RING = KeyRing((Key("test", bytes(range(64))),))
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


async def team(client: Any) -> tuple[str, str, str]:
    """A tenant's id, its administrator's and a member's."""
    mark = uuid4().hex[:8]
    users, members, tenants = Users(client), Memberships(client), Tenants(client)
    admin_id, mailed = await users.sign_up(f"admin-{mark}@example.com", "Admin", "hash")
    await users.verify_email(mailed.token)
    tenant = await tenants.create("Acme", f"acme-{mark}", admin_id=admin_id, by=SYSTEM)
    user_id, _ = await users.sign_up(f"user-{mark}@example.com", "User", "hash")
    await users.verify_email((await users.ask_verification(user_id)).token)
    invitation = await members.invite(tenant.id, f"user-{mark}@example.com", by=admin_id)
    await members.join(invitation.token, user_id)
    return tenant.id, admin_id, user_id


def test_users_and_tenants(guarded_world: World, authentication: Any, super_admin: Any) -> None:
    async def work() -> str:
        tenant_id, admin_id, user_id = await team(authentication)
        users, members, tenants = Users(authentication), Memberships(authentication), Tenants(authentication)
        found = await tenants.of_host(
            f"{(await authentication.tenant.find_unique(where={'id': tenant_id})).slug}.saas.com",
            Subdomains("saas.com"),
        )
        assert found is not None
        assert found.id == tenant_id
        await members.change_role(tenant_id, user_id, "TENANT_ADMIN", by=admin_id)
        await members.leave(tenant_id, admin_id)
        await tenants.change_slug(tenant_id, f"b-{uuid4().hex[:8]}", by=user_id)
        await tenants.delete(tenant_id, by=user_id)
        await tenants.restore(tenant_id, by=SYSTEM)
        await users.delete(admin_id, by=admin_id)
        await users.restore(admin_id, by=SYSTEM)
        await clean_up_users(authentication)
        assert (await access_to(authentication, tenant_id, user_id)).is_admin
        return tenant_id

    tenant_id = guarded_world.run(work())
    page = guarded_world.run(AuditTrail(super_admin, tenant_id=tenant_id).all())
    assert "tenant.created" in {entry.action for entry in page.records}


def test_sessions(guarded_world: World, authentication: Any) -> None:
    async def work() -> None:
        _, _, user_id = await team(authentication)
        tokens = RefreshTokens(authentication, overlap=timedelta(0))
        first = await tokens.issue(user_id)
        second = await tokens.rotate(first.token)
        with pytest.raises(TokenRefusedError):
            await tokens.rotate(first.token)
        with pytest.raises(TokenRefusedError):
            await tokens.rotate(second.token)
        await tokens.issue(user_id)
        assert await tokens.revoke_all(user_id) == 1
        await tokens.rotate((await tokens.issue(user_id)).token)
        later = datetime.now(UTC) + timedelta(days=30)
        done = await clean_up(authentication, clock=lambda: later)
        assert (done.sessions, done.spent_tokens) == (1, 1)

    guarded_world.run(work())


def test_a_session_of_the_password_that_was_verified(guarded_world: World, authentication: Any) -> None:
    async def work() -> None:
        _, _, user_id = await team(authentication)
        row = await authentication.user.find_unique(where={"id": user_id})
        passwords, tokens = Passwords(authentication, hasher=PasswordHasher(4)), RefreshTokens(authentication)
        await passwords.set(user_id, "old")
        old = await passwords.verify(row.email, "old")
        assert old
        await tokens.issue(user_id, stamp=old.stamp)
        assert await passwords.change(user_id, "old", "new")
        assert await tokens.revoke_all(user_id) == 1
        with pytest.raises(TokenRefusedError, match="was changed"):
            await tokens.issue(user_id, stamp=old.stamp)
        assert not await tokens.sessions(user_id)

    guarded_world.run(work())


def test_two_factor(guarded_world: World, authentication: Any) -> None:
    async def work() -> None:
        _, _, user_id = await team(authentication)
        service = TwoFactor(authentication, RING, "Kaven", clock=lambda: NOON)
        enrolment = await service.enrol(user_id)
        codes = await service.confirm(user_id, pyotp.TOTP(enrolment.secret).at(NOON))
        assert codes
        assert await service.use_backup_code(user_id, codes.codes[0])
        assert not await service.use_backup_code(user_id, codes.codes[0])
        assert await service.disable(user_id)

    guarded_world.run(work())


def test_it_holds(guarded_world: World, services_project: Path) -> None:
    proof = prove(guarded_world.url(Role.OWNER), services_catalog(services_project))
    assert proof.holds, [*proof.lines()]
    tried = {(one.table, one.operation) for one in proof.attempts if one.case == "kaven_authentication"}
    assert ("invoices", "select") in tried
    assert ("users", "appoint") in tried


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM orders",
        "SELECT 1 FROM invoices",
        "SELECT 1 FROM tickets",
        "SELECT 1 FROM audit_logs",
        "SELECT 1 FROM number_sequences",
        "SELECT 1 FROM stripe_events",
        "UPDATE audit_logs SET action = 'x'",
        "DELETE FROM audit_logs",
        "DELETE FROM users",
        "DELETE FROM tenants",
        "TRUNCATE refresh_tokens",
        "UPDATE users SET global_role = 'SUPER_ADMIN'",
        "SELECT * FROM kaven_login('admin@example.com')",
        "SET ROLE kaven_app",
        "SET ROLE kaven_super_admin",
        "SET ROLE kaven_login",
        "SET ROLE kaven_owner",
        "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE users DISABLE TRIGGER ALL",
        "DROP POLICY kaven_tenant ON users",
        "CREATE TABLE mine (id int)",
    ],
)
@pytest.mark.parametrize("names_a_tenant", [False, True])
def test_it_reaches_nothing_else(
    guarded_world: World, authentication: Any, sql: str, names_a_tenant: bool
) -> None:
    tenant_id, *_ = guarded_world.run(team(authentication))
    url = guarded_world.url(Role.AUTHENTICATION)
    with psycopg.connect(url.conninfo(), password=url.password) as connection:
        if names_a_tenant:
            connection.execute("SELECT set_config('app.tenant_id', %s, true)", [tenant_id])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(sql.encode())


def test_nobody_is_made_super_admin_in_a_tenant(guarded_world: World, authentication: Any) -> None:
    """Neither by the application in the user's own tenant, nor at sign-up: mass assignment ends at PostgreSQL."""
    tenancy = importlib.import_module(f"{guarded_world.package.__name__}.tenant")
    tenant_id, _, user_id = guarded_world.run(team(authentication))
    ours = tenancy.tenant_client(guarded_world.client, tenant_id)
    appointed = {"globalRole": "SUPER_ADMIN"}
    made = {"email": f"{uuid4().hex}@example.com", "passwordHash": "x", "name": "x", **appointed}
    for work in (
        ours.user.update(where={"id": user_id}, data=appointed),
        ours.user.create(data=made),
        authentication.user.update(where={"id": user_id}, data=appointed),
        authentication.user.create(data=made),
    ):
        with pytest.raises(guarded_world.package.errors.PrismaError, match="super admin"):
            guarded_world.run(work)
    owner = guarded_world.url(Role.OWNER)
    assert query(owner, "SELECT count(*) FROM users WHERE global_role IS NOT NULL") == [(0,)]


def test_guest_of_a_tenant(guarded_world: World, authentication: Any) -> None:
    """The membership is the tenant's, the user's row is not: only the services that know no tenant read it."""
    tenancy = importlib.import_module(f"{guarded_world.package.__name__}.tenant")

    async def work() -> None:
        home, _, guest_id = await team(authentication)
        away, host_id, _ = await team(authentication)
        await Memberships(authentication).add(away, guest_id, by=SYSTEM, role="TENANT_ADMIN")
        assert (await access_to(authentication, away, guest_id)).role == "TENANT_ADMIN"
        assert (await access_to(authentication, home, guest_id)).role == "USER"
        there = tenancy.tenant_client(guarded_world.client, away)
        (member,) = await there.usertenant.find_many(where={"userId": guest_id}, include={"user": True})
        assert (member.role, member.user) == ("TENANT_ADMIN", None)
        assert await there.user.find_unique(where={"id": guest_id}) is None
        assert await there.user.update(where={"id": guest_id}, data={"name": "taken"}) is None
        seen = await Memberships(authentication).of_tenant(away, by=host_id)
        assert {one.user.id for one in seen if one.user} >= {guest_id, host_id}
        async with transaction(there) as inside:
            await record(inside, "order.seen", entity_type="Order", entity_id="o", user_id=guest_id)
        (entry,) = await there.auditlog.find_many(where={"entityId": "o", "tenantId": away})
        assert (entry.userId, entry.changes["actor"]["userId"]) == (None, guest_id)

    guarded_world.run(work())
