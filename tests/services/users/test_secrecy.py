"""No token, and no hash of one, in what is raised or shown: where it goes well, and where the database refuses."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.services.tenants import SYSTEM, Tenants
from kaven_schema.services.users import Memberships, Users
from tests.database.servers import query
from tests.services.project import World
from tests.services.tenants.people import new_tenant
from tests.services.test_secrecy import Witness

pytestmark = pytest.mark.xdist_group("postgres")

HASH = "$2b$12$" + "hidden" * 9


def do_everything(witness: Witness, client: Any, tokens: list[str], tenant_id: str, admin_id: str) -> None:
    users, members, tenants = Users(client), Memberships(client), Tenants(client)
    witness.said.append(repr((users, members, tenants)))
    witness.do(users.sign_up("new@example.com", "New", HASH))
    witness.do(users.sign_up("new@example.com", "New", HASH))
    witness.do(users.ask_verification(admin_id))
    witness.do(members.invite(tenant_id, "other@example.com", by=admin_id))
    for token in tokens:
        witness.do(users.verify_email(token))
        witness.do(members.join(token, admin_id))
    witness.do(members.leave(tenant_id, admin_id))
    witness.do(tenants.create("Acme", "acme-2", admin_id=admin_id, by=SYSTEM))
    witness.do(tenants.create("Acme", "acme-2", admin_id=admin_id, by=SYSTEM))
    witness.do(users.delete(admin_id, by=admin_id))


def test_nothing_tells(own_world: World) -> None:
    tenant_id, admin_id = new_tenant(own_world)
    _, mailed = own_world.run(Users(own_world.client).sign_up("a@example.com", "A", HASH))
    invite = Memberships(own_world.client).invite(tenant_id, "b@example.com", by=admin_id)
    tokens = [mailed.token, own_world.run(invite).token]
    witness = Witness(own_world)
    do_everything(witness, own_world.client, tokens, tenant_id, admin_id)
    query(
        own_world.url(Role.OWNER),
        "REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public FROM kaven_app",
    )
    for client in (own_world.client, own_world.package.Prisma()):
        do_everything(witness, client, tokens, tenant_id, admin_id)
    said = "\n".join(witness.said)
    stored = [row[0] for row in query(own_world.url(Role.OWNER), "SELECT token FROM invitations")]
    hidden = [*tokens, *(sha256(token.encode()).hexdigest() for token in tokens), *map(str, stored), HASH]
    assert len(witness.said) > 30
    assert [secret for secret in hidden if secret in said] == []
