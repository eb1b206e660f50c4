"""The log in PostgreSQL: who, what, when, where, before and after; with its change, or not at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from kaven_schema.services.access import transaction
from kaven_schema.services.audit import (
    AuditContext,
    NotInTransactionError,
    acting,
    current_context,
    record,
)
from tests.services.project import World

pytestmark = pytest.mark.xdist_group("postgres")


def entries(world: World, entity_id: str) -> list[Any]:
    found: list[Any] = world.run(
        world.client.auditlog.find_many(where={"entityId": entity_id}, order={"createdAt": "asc"})
    )
    return found


async def rename(client: Any, user_id: str, name: str) -> None:
    async with transaction(client) as inside:
        before = await inside.user.find_unique(where={"id": user_id})
        after = await inside.user.update(where={"id": user_id}, data={"name": name})
        await record(
            inside, "user.renamed", entity_type="User", entity_id=user_id, before=before, after=after
        )


def run_as(world: World, work: Callable[[], Coroutine[Any, Any, Any]], **who: str) -> None:
    """A runner keeps the context that it was made in: ours is set inside, as in a request."""

    async def main() -> None:
        with acting(**who):
            await work()

    world.run(main())


def test_who_what_when_where_before_and_after(world: World) -> None:
    user_id, admin_id = world.user(name="old"), world.user()
    tenant = world.run(world.client.tenant.create(data={"name": "Acme", "slug": uuid4().hex}))
    where = {"ip_address": "2001:DB8::1", "user_agent": "Mozilla/5.0"}
    work = partial(rename, world.client, user_id, "new")
    run_as(world, work, user_id=admin_id, tenant_id=tenant.id, **where)
    (entry,) = entries(world, user_id)
    assert (entry.userId, entry.tenantId) == (admin_id, tenant.id)
    assert (entry.action, entry.entityType, entry.entityId) == ("user.renamed", "User", user_id)
    assert (entry.ipAddress, entry.userAgent) == ("2001:db8::1", "Mozilla/5.0")
    assert abs(entry.createdAt - datetime.now(UTC)) < timedelta(minutes=1)
    changes = entry.changes
    assert changes["before"].pop("updatedAt") < changes["after"].pop("updatedAt")
    assert changes == {
        "before": {"name": "old"},
        "after": {"name": "new"},
        "actor": {"userId": admin_id, "tenantId": tenant.id},
    }


def test_a_whole_row_without_its_secrets(world: World) -> None:
    hashed = "$2b$12$" + "x" * 53
    user_id = world.user(passwordHash=hashed, twoFactorSecret="hidden-1", backupCodes=json.dumps("hidden-2"))

    async def main() -> None:
        async with transaction(world.client) as inside:
            row = await inside.user.find_unique(where={"id": user_id})
            await record(inside, "user.created", entity_type="User", entity_id=user_id, after=row)

    world.run(main())
    (entry,) = entries(world, user_id)
    text = json.dumps(entry.changes)
    assert entry.changes["after"]["passwordHash"] == "[redacted]"
    assert entry.changes["after"]["email"]
    assert not any(secret in text for secret in (hashed, "hidden-1", "hidden-2"))


def test_taken_back_with_its_change(world: World) -> None:
    user_id = world.user(name="old")

    async def main() -> None:
        async with world.client.tx() as inside:
            await rename(inside, user_id, "new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        world.run(main())
    assert entries(world, user_id) == []
    assert world.row(user_id).name == "old"


def test_no_change_without_its_record(world: World) -> None:
    """A record that the database refuses takes the change with it."""
    user_id = world.user(name="old")
    with pytest.raises(world.package.errors.ForeignKeyViolationError):
        run_as(world, partial(rename, world.client, user_id, "new"), user_id="nobody at all")
    assert world.row(user_id).name == "old"


def test_a_change_outside_of_a_transaction(world: World) -> None:
    what: Any = {"entity_type": "User", "entity_id": "x"}
    for work in (
        record(world.client, "x", **what, before={"a": 1}),
        record(world.client, "x", **what, after={"a": 1}),
    ):
        with pytest.raises(NotInTransactionError):
            world.run(work)


def test_an_event_without_a_change(world: World) -> None:
    user_id = world.user()
    work = record(world.client, "user.login_failed", entity_type="User", entity_id=user_id, user_id=user_id)
    world.run(work)
    (entry,) = entries(world, user_id)
    assert (entry.userId, entry.tenantId, entry.ipAddress) == (user_id, None, None)
    assert (entry.changes["before"], entry.changes["after"]) == (None, None)


def test_who_did_it_outlives_them(world: World) -> None:
    """The column is a foreign key, which a deletion for good empties."""
    user_id, admin_id = world.user(), world.user()
    run_as(world, partial(rename, world.client, user_id, "new"), user_id=admin_id)
    world.run(world.client.user.delete(where={"id": admin_id}))
    (entry,) = entries(world, user_id)
    assert entry.userId is None
    assert entry.changes["actor"]["userId"] == admin_id


def test_contexts_nest() -> None:
    assert current_context() == AuditContext()
    with acting(user_id="a", ip_address="127.0.0.1"):
        with acting(tenant_id="t"):
            assert current_context() == AuditContext(user_id="a", tenant_id="t", ip_address="127.0.0.1")
        assert current_context().tenant_id is None
    assert current_context() == AuditContext()


def test_requests_do_not_see_each_other() -> None:
    seen: dict[str, set[str | None]] = {}

    async def deeper() -> str | None:
        await asyncio.sleep(0)
        return current_context().user_id

    async def request(user_id: str) -> None:
        with acting(user_id=user_id):
            both = await asyncio.gather(deeper(), asyncio.create_task(deeper()))
            seen[user_id] = {*both, await deeper()}

    async def main() -> None:
        await asyncio.gather(*(request(str(number)) for number in range(50)))
        assert current_context().user_id is None

    asyncio.run(main())
    assert seen == {str(number): {str(number)} for number in range(50)}


@pytest.mark.parametrize(
    "address", ["", "unknown", "1.2.3.4, 5.6.7.8", "1.2.3.4:80", "'; DROP TABLE", "\0", "fe80::1%\0x"]
)
def test_what_is_no_address(address: str) -> None:
    with acting(ip_address=address):
        assert current_context().ip_address is None


def test_one_address_in_one_form() -> None:
    for given in ("203.0.113.7", " 203.0.113.7 ", "::ffff:203.0.113.7", "::FFFF:cb00:7107"):
        with acting(ip_address=given):
            assert current_context().ip_address == "203.0.113.7"


def test_agents_are_whatever_a_client_sends(world: World) -> None:
    user_id = world.user()
    token = "eyJhbGciOiJIUzUxMiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
    for agent in ("x\0\r\n2025 login ok\ud83d" + "y" * 5000, f"curl {token}"):
        work = partial(record, world.client, "seen", entity_type="User", entity_id=user_id)
        run_as(world, work, user_agent=agent)
    first, second = (entry.userAgent for entry in entries(world, user_id))
    assert first.startswith("x   2025 login ok y")
    assert len(first) == 512
    assert second == "[redacted]"
