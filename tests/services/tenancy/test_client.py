"""What a tenant's client is for, beside what it refuses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.services.tenancy.worlds import World

pytestmark = pytest.mark.xdist_group("postgres")

AMOUNTS = {"subtotal": Decimal(1), "total": Decimal(1)}


def test_new_rows_are_the_tenants(world: World) -> None:
    async def work(client: Any) -> None:
        tenant = world.tenancy.tenant_client(client, "A-tenant")
        item = {"description": "d", "price": Decimal(1), "total": Decimal(1)}
        by_key = await tenant.invoice.create(
            {
                "number": "1",
                "subscriptionId": "A-subscription-0",
                **AMOUNTS,
                "items": {"create": [item, item]},
            },
            include={"items": True, "subscription": True, "tenant": True},
        )
        assert (by_key.tenantId, len(by_key.items), by_key.tenant.id) == ("A-tenant", 2, "A-tenant")
        by_relation = await tenant.invoice.create(
            {"number": "2", "subscription": {"connect": {"id": "A-subscription-0"}}, **AMOUNTS}
        )
        assert by_relation.tenantId == "A-tenant"
        found = await tenant.invoice.upsert(
            where={"number": "3"},
            data={"create": {"number": "3", **AMOUNTS}, "update": {"currency": "EUR"}},
        )
        again = await tenant.invoice.upsert(
            where={"number": "3"},
            data={"create": {"number": "3", **AMOUNTS}, "update": {"currency": "EUR"}},
        )
        assert (found.id, found.currency, again.currency) == (again.id, "BRL", "EUR")
        assert await tenant.ticket.create_many([{"subject": "a"}, {"subject": "b"}]) == 2
        assert await client.ticket.count(where={"tenantId": "A-tenant"}) == 5

    world.run(work)


def test_many_references_at_once(world: World) -> None:
    async def work(client: Any) -> None:
        tenant = world.tenancy.tenant_client(client, "A-tenant")
        numbers = [str(number) for number in range(30)]
        await tenant.order.create_many([{"id": f"A-{one}", "number": one, **AMOUNTS} for one in numbers])
        item = {"description": "d", "quantity": 1, "price": Decimal(1), "total": Decimal(1)}
        items = [{"orderId": f"A-{one}", **item} for one in numbers]
        assert await tenant.orderitem.create_many(items) == 30
        with pytest.raises(world.tenancy.OutsideTenantError):
            await tenant.orderitem.create_many([*items, {"orderId": "B-order-0", **item}])
        with pytest.raises(world.tenancy.OutsideTenantError):
            await tenant.user.update(
                where={"id": "A-user-0"},
                data={"tickets": {"connect": [{"id": f"B-ticket-{one}"} for one in numbers]}},
            )
        assert await client.orderitem.count() == 36

    world.run(work)


def test_delete_is_soft_where_it_can_be(world: World) -> None:
    async def work(client: Any) -> None:
        tenant = world.tenancy.tenant_client(client, "A-tenant")
        assert (await tenant.user.delete(where={"email": "A-0@example"})).deletedAt
        assert await tenant.user.find_unique({"email": "A-0@example"}) is None
        assert await tenant.refreshtoken.find_unique({"id": "A-token-0"}) is None
        assert (
            await tenant.ticket.find_unique({"id": "A-ticket-0"}, include={"assignee": True})
        ).assignee is None
        assert await client.user.count(where={"tenantId": "A-tenant"}) == 4
        everything = world.tenancy.tenant_client(client, "A-tenant", with_deleted=True)
        assert await everything.user.count() == 4
        assert (
            await everything.ticket.find_unique({"id": "A-ticket-0"}, include={"assignee": True})
        ).assignee
        assert await tenant.ticket.delete(where={"id": "A-ticket-0"})
        assert await client.ticket.find_unique({"id": "A-ticket-0"}) is None

    world.run(work)


def test_soft_delete_of_the_tenant_itself(world: World) -> None:
    async def work(client: Any) -> None:
        tenant = world.tenancy.tenant_client(client, "A-tenant")
        assert (await tenant.tenant.delete(where={"id": "A-tenant"})).deletedAt
        assert await tenant.tenant.count() == 0
        user = await tenant.user.find_first(include={"tenant": True})
        assert user.tenant is None
        assert (await client.tenant.find_unique({"id": "B-tenant"})).deletedAt is None

    world.run(work)


def test_includes_go_on_beyond_what_is_fetched_apart(still_world: World) -> None:
    async def work(client: Any) -> None:
        tenant = still_world.tenancy.tenant_client(client, "A-tenant")
        include = {"author": {"include": {"tickets": {"include": {"assignee": True}}, "tenant": True}}}
        comment = await tenant.ticketcomment.find_unique_or_raise({"id": "A-comment-0"}, include=include)
        assert comment.author.tenant.id == "A-tenant"
        assert [ticket.assignee.id for ticket in comment.author.tickets] == ["A-user-0"]
        many = await tenant.ticket.find_many(include={"assignee": True}, order={"id": "asc"})
        assert [ticket.assignee.id for ticket in many] == ["A-user-0", "A-user-1", "A-user-2"]

    still_world.run(work)


def test_aggregates(still_world: World) -> None:
    async def work(client: Any) -> None:
        tenant = still_world.tenancy.tenant_client(client, "A-tenant")
        groups = await tenant.invoice.group_by(
            ["tenantId"], count=True, sum={"total": True}, max={"number": True}
        )
        assert [(group["tenantId"], group["_count"]["_all"]) for group in groups] == [("A-tenant", 3)]
        assert await tenant.user.count(select={"_all": True, "company": True}) == {"_all": 3, "company": 0}

    still_world.run(work)


def test_nothing_else_is_there(still_world: World) -> None:
    tenant = still_world.tenancy.tenant_client(still_world.package.Prisma(use_dotenv=False), "A-tenant")
    for name in ("nothing", "_engine_", "connect", "__wrapped__"):
        assert not hasattr(tenant, name)
    assert "A-tenant" in repr(tenant)
    assert tenant.tenant_id == "A-tenant"


@pytest.mark.parametrize(
    "arguments", [{}, {"where": None}, {"where": []}, {"where": {"id": "x"}, "data": None}]
)
def test_arguments_that_are_none(still_world: World, arguments: dict[str, Any]) -> None:
    async def work(client: Any) -> None:
        tenant = still_world.tenancy.tenant_client(client, "A-tenant")
        given = {"where": {}, "data": {}} | arguments
        with pytest.raises((still_world.tenancy.TenancyError, still_world.package.errors.PrismaError)):
            await tenant.user.update(**given)

    still_world.run(work)
