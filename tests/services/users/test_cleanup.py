"""Expired invitations and verifications."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kaven_schema.services.users import Memberships, Users, clean_up
from tests.services.project import World
from tests.services.tenants.people import new_tenant

pytestmark = pytest.mark.xdist_group("postgres")


def test_what_has_expired_goes(own_world: World) -> None:
    client = own_world.client
    tenant_id, admin_id = new_tenant(own_world)
    _, first = own_world.run(Users(client).sign_up("a@example.com", "A", "hash"))
    old = Users(client, clock=lambda: datetime.now(UTC) - timedelta(days=2))
    _, second = own_world.run(old.sign_up("b@example.com", "B", "hash"))
    for email, days in (("c@example.com", 0), ("d@example.com", 8)):
        members = Memberships(client, clock=lambda days=days: datetime.now(UTC) - timedelta(days=days))  # type: ignore[misc] # bound now
        own_world.run(members.invite(tenant_id, email, by=admin_id))
    assert own_world.run(clean_up(client)) == 2
    assert own_world.run(clean_up(client)) == 0
    assert own_world.run(client.emailverification.count(where={"id": first.id})) == 1
    assert own_world.run(client.emailverification.count(where={"id": second.id})) == 0
    assert [row.email for row in own_world.run(client.invitation.find_many())] == ["c@example.com"]
