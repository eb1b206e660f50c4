"""Everything is done that writes to the log, with secrets in every place; then the whole log is searched for them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pyotp
import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.keyring.keys import new_key
from kaven_schema.services.access import transaction
from kaven_schema.services.access_tokens import AccessTokens, Identity
from kaven_schema.services.audit import acting, record
from kaven_schema.services.passwords import PasswordHasher, Passwords
from kaven_schema.services.refresh_tokens import RefreshTokens
from kaven_schema.services.secrets import Key, KeyRing
from kaven_schema.services.tenants import SYSTEM, Tenants
from kaven_schema.services.two_factor import TwoFactor
from kaven_schema.services.users import Memberships, Users
from tests.database.servers import query
from tests.services.project import World

pytestmark = pytest.mark.xdist_group("postgres")

PASSWORD = "correct-horse-battery-staple"
RING = KeyRing((Key("a", bytes(range(64))),))


async def live(client: Any, secrets: list[str]) -> None:
    """A user's and a tenant's whole life; what is secret is noted."""
    users, members, tenants = Users(client), Memberships(client), Tenants(client)
    hashed = await PasswordHasher(4).hash(PASSWORD)
    secrets += [PASSWORD, hashed]
    admin_id, mailed = await users.sign_up("admin@example.com", "Admin", hashed)
    user_id, other = await users.sign_up("user@example.com", "User", hashed)
    again = await users.ask_verification(user_id)
    await users.verify_email(mailed.token)
    await users.verify_email(again.token)
    await Passwords(client, hasher=PasswordHasher(4)).set(user_id, f"{PASSWORD}-2")
    tenant = await tenants.create("Acme", "acme", admin_id=admin_id, by=SYSTEM)
    invitation = await members.invite(tenant.id, "user@example.com", by=admin_id)
    session = await RefreshTokens(client).issue(user_id)
    access = AccessTokens(RING, "issuer", "api").issue(
        Identity(user_id=user_id, session_id=session.session_id)
    )
    secrets += [mailed.token, other.token, again.token, invitation.token, session.token, access]
    with acting(user_id=admin_id, ip_address="127.0.0.1", user_agent=f"curl Bearer {access}"):
        await members.join(invitation.token, user_id)
        await members.change_role(tenant.id, user_id, "TENANT_ADMIN", by=admin_id)
        key = new_key("x")
        secrets.append(key.partition(":")[2])
        hidden = {"smtp": {"password": "smtp-hidden"}, "apiKey": "api-hidden", "note": f"key {key}"}
        await tenants.change_settings(tenant.id, lambda old: replace(old, others=hidden), by=admin_id)
        await tenants.suspend(tenant.id, by=SYSTEM, reason=f"leaked {session.token}")
        await tenants.resume(tenant.id, by=SYSTEM)
        secrets += ["smtp-hidden", "api-hidden"]
        await whole_rows(client, user_id, secrets)
        await members.leave(tenant.id, admin_id)
        await users.delete(admin_id, by=admin_id)
        await users.restore(admin_id, by=SYSTEM)
        await tenants.delete(tenant.id, by=user_id)
        await tenants.restore(tenant.id, by=SYSTEM)


async def whole_rows(client: Any, user_id: str, secrets: list[str]) -> None:
    """As an application may, which records rows as they come, relations and all."""
    two_factor = TwoFactor(client, RING, "Kaven")
    enrolment = await two_factor.enrol(user_id)
    codes = await two_factor.confirm(user_id, pyotp.TOTP(enrolment.secret).now())
    assert codes
    secrets += [enrolment.secret, *codes.codes]
    include = {"refreshTokens": True, "userTenants": True, "emailVerification": True}
    async with transaction(client) as inside:
        before = await inside.user.find_unique(where={"id": user_id}, include=include)
        secrets += [before.passwordHash, before.twoFactorSecret, before.backupCodes]
        secrets += [token.token for token in before.refreshTokens]
        nested = {"request": {"body": json.dumps({"password": PASSWORD}), "rows": [before.model_dump()]}}
        what: Any = {"entity_type": "User", "entity_id": user_id}
        await record(inside, "user.created", **what, after=before)
        await record(inside, "user.changed", **what, before=before, after={"passwordHash": "x"})
        await record(inside, "user.removed", **what, before=before)
        await record(inside, "user.seen", **what, after=nested)


def test_no_secret_is_in_the_log(own_world: World) -> None:
    secrets: list[str] = []
    own_world.run(live(own_world.client, secrets))
    owner = own_world.url(Role.OWNER)
    log = "\n".join(str(row[0]) for row in query(owner, "SELECT l::text FROM audit_logs l"))
    assert len(secrets) > 25
    assert all(len(secret) > 7 for secret in secrets)
    assert [secret for secret in secrets if secret in log] == []
    seen = {row[0] for row in query(owner, "SELECT DISTINCT action FROM audit_logs")}
    assert seen == {
        *("user.created", "user.changed", "user.removed", "user.seen", "user.email_verified", "user.invited"),
        *("user.joined", "user.role_changed", "user.left", "user.deleted", "user.restored", "tenant.created"),
        *(
            "tenant.settings_changed",
            "tenant.suspended",
            "tenant.resumed",
            "tenant.deleted",
            "tenant.restored",
        ),
    }


def test_nor_a_hash_of_any_table(own_world: World) -> None:
    """Whatever a column holds that is a secret by its name, in whichever table, is not in the log."""
    own_world.run(live(own_world.client, []))
    owner = own_world.url(Role.OWNER)
    log = "\n".join(str(row[0]) for row in query(owner, "SELECT l::text FROM audit_logs l"))
    columns = query(
        owner,
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name IN ('password_hash', 'two_factor_secret', 'backup_codes', 'token')",
    )
    assert len(columns) >= 7
    values = [
        str(value).strip('"')
        for table, column in columns
        for (value,) in query(owner, f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
    ]
    assert len(values) > 4
    assert [value for value in values if value in log] == []
