"""The wrapper where PostgreSQL keeps tenants apart: it names its tenant in every transaction, and leaves none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.services.tenancy.worlds import World

pytestmark = pytest.mark.xdist_group("postgres")

SETTING = "SELECT current_setting('app.tenant_id', true) AS tenant"


async def interleaved(world: World, client: Any, rounds: int) -> None:
    """Both tenants at once on few connections, in single operations and transactions, some of which fail."""
    tenants = {mark: world.tenancy.tenant_client(client, f"{mark}-tenant") for mark in "AB"}

    async def once(mark: str) -> None:
        users = await tenants[mark].user.find_many(include={"tickets": True})
        assert {user.tenantId for user in users} == {f"{mark}-tenant"}

    async def together(mark: str, number: int) -> None:
        async with tenants[mark].tx(max_wait=60_000, timeout=60_000) as transaction:
            assert await transaction.unconfined_query_raw(SETTING) == [{"tenant": f"{mark}-tenant"}]
            await transaction.order.update_many(where={}, data={"customerId": f"{mark}-{number}"})
            assert await transaction.order.count() == 3
            if number % 3 == 0:
                raise ZeroDivisionError

    async def nobody() -> None:
        assert await client.user.find_many() == []
        assert await client.query_raw(SETTING) in ([{"tenant": ""}], [{"tenant": None}])

    work = [one for number in range(rounds) for mark in "AB" for one in (once(mark), together(mark, number))]
    found = await asyncio.gather(*work, *(nobody() for _ in range(rounds)), return_exceptions=True)
    assert {type(one) for one in found} == {type(None), ZeroDivisionError}
    for mark in "AB":
        orders = await tenants[mark].order.find_many()
        assert all(str(order.customerId).startswith(f"{mark}-") for order in orders)


@pytest.mark.filterwarnings("ignore:Passing an int:DeprecationWarning")
def test_tenants_share_connections(protected_world: World) -> None:
    protected_world.run(lambda client: interleaved(protected_world, client, 20))


def test_sql_that_was_asked_for_by_name_sees_the_tenant_alone(protected_world: World) -> None:
    async def work(client: Any) -> None:
        tenant = protected_world.tenancy.tenant_client(client, "A-tenant")
        users = await tenant.unconfined_query_raw(
            "SELECT id FROM users WHERE id LIKE $1 ORDER BY id", "%user%"
        )
        assert [user["id"] for user in users] == [f"A-user-{number}" for number in range(4)]
        assert await tenant.unconfined_execute_raw("UPDATE invoices SET currency = 'EUR'") == 3
        with pytest.raises(protected_world.package.errors.PrismaError):
            await tenant.unconfined_execute_raw("UPDATE tickets SET assignee_id = 'B-user-0'")

    protected_world.run(work)


def test_without_the_tenant_being_told_nothing_is_there(protected_world: World) -> None:
    async def work(client: Any) -> None:
        silent = protected_world.tenancy.tenant_client(client, "A-tenant", row_level_security=False)
        assert await silent.user.count() == 0
        with pytest.raises(protected_world.package.errors.PrismaError):
            await silent.ticket.create({"subject": "x"})
        stranger = protected_world.tenancy.tenant_client(client, "C-tenant")
        assert await stranger.user.count() == 0
        with pytest.raises(protected_world.package.errors.PrismaError):
            await stranger.ticket.create({"subject": "x"})

    protected_world.run(work)


def test_required_row_of_another_tenant_is_no_failure(protected_world: World) -> None:
    """The engine would find its answer inconsistent, had it been asked for what the policies hide."""

    async def link(client: Any) -> None:
        await client.usertenant.create({"id": "A-guest", "userId": "B-user-0", "tenantId": "A-tenant"})

    async def work(client: Any) -> None:
        tenant = protected_world.tenancy.tenant_client(client, "A-tenant")
        members = await tenant.usertenant.find_many(include={"user": True}, order={"id": "asc"})
        assert [member.user and member.user.id for member in members] == [
            *(None, "A-user-0", "A-user-1", "A-user-2", None)
        ]
        changed = await tenant.usertenant.update(
            where={"id": "A-guest"}, data={"role": protected_world.package.enums.Role.TENANT_ADMIN}
        )
        assert changed.role == "TENANT_ADMIN"

    protected_world.run(link, protected_world.owner)
    protected_world.run(work)
