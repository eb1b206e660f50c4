"""What speaks for tenant A tries against tenant B. Row-level security is off: the wrapper stands alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.services.tenancy.worlds import World

pytestmark = pytest.mark.xdist_group("postgres")

Attack = Callable[[Any], Awaitable[Any]]

ITEM = {"description": "x", "price": Decimal(1), "total": Decimal(1)}
TICKET = {"id": "A-new", "subject": "A-x"}
AMOUNTS = {"subtotal": Decimal(1), "total": Decimal(1)}
USER = {"passwordHash": "A-h", "name": "A-n"}


@pytest.fixture
def attack(world: World) -> Callable[[Attack], Any]:
    return attacker(world)


@pytest.fixture
def failing_attack(still_world: World) -> Callable[[Attack], Any]:
    return attacker(still_world)


def attacker(world: World) -> Callable[[Attack], Any]:
    """The outcome for tenant A: what it gets, or the name of the error. No row of B's may change, or be seen."""

    def run(work: Attack, **options: Any) -> Any:
        before = world.rows("B")

        async def main(client: Any) -> Any:
            tenant = world.tenancy.tenant_client(client, "A-tenant", row_level_security=False, **options)
            try:
                return await work(tenant)
            except (world.tenancy.TenancyError, world.package.errors.PrismaError) as error:
                return f"{type(error).__name__}: {error}"

        outcome = world.run(main)
        assert world.rows("B") == before
        assert "B-" not in repr(outcome)
        return outcome

    return run


READS = {
    "unique": lambda t: t.user.find_unique({"id": "B-user-0"}),
    "unique by e-mail": lambda t: t.user.find_unique({"email": "B-0@example"}),
    "compound": lambda t: t.usertenant.find_unique(
        {"userId_tenantId": {"userId": "B-user-0", "tenantId": "B-tenant"}}
    ),
    "first": lambda t: t.user.find_first(where={"tenantId": "B-tenant"}),
    "or": lambda t: t.user.find_first(where={"OR": [{"tenantId": "B-tenant"}, {"id": "B-user-1"}]}),
    "not": lambda t: t.order.find_first(where={"NOT": [{"tenantId": "A-tenant"}]}),
    "through a required relation": lambda t: t.invoiceitem.find_unique({"id": "B-line-0-0"}),
    "its other tenant": lambda t: t.tenant.find_unique({"slug": "b-slug"}),
    "an item by its invoice": lambda t: t.invoiceitem.find_first(
        where={"invoice": {"is": {"tenantId": "B-tenant"}}}
    ),
}


@pytest.mark.parametrize("name", READS)
def test_nothing_to_see(failing_attack: Callable[[Attack], Any], name: str) -> None:
    assert failing_attack(READS[name]) is None


COUNTS = {
    "count": (lambda t: t.user.count(), 3),
    "count of B": (lambda t: t.user.count(where={"tenantId": "B-tenant"}), 0),
    "update_many": (lambda t: t.user.update_many(where={}, data={"company": "A-co"}), 3),
    "update_many of B": (
        lambda t: t.invoiceitem.update_many(where={"invoiceId": "B-invoice-0"}, data={"quantity": 9}),
        0,
    ),
    "delete_many": (lambda t: t.ticketcomment.delete_many(), 3),
    "delete_many softly": (lambda t: t.user.delete_many(), 3),
    "delete_many of B": (lambda t: t.order.delete_many(where={"id": "B-order-0"}), 0),
    "update": (lambda t: t.user.update(where={"id": "B-user-0"}, data={"name": "x"}), None),
    "delete": (lambda t: t.ticket.delete(where={"id": "B-ticket-0"}), None),
    "delete of an item": (lambda t: t.orderitem.delete(where={"id": "B-item-0"}), None),
}


@pytest.mark.parametrize("name", COUNTS)
def test_nothing_else_is_touched(attack: Callable[[Attack], Any], name: str) -> None:
    work, expected = COUNTS[name]
    assert attack(work) == expected


REFUSED = {
    "create for B": lambda t: t.ticket.create({**TICKET, "tenantId": "B-tenant"}),
    "connect to B": lambda t: t.ticket.create({**TICKET, "tenant": {"connect": {"id": "B-tenant"}}}),
    "foreign key": lambda t: t.ticket.create({**TICKET, "assigneeId": "B-user-0"}),
    "connect": lambda t: t.ticket.create({**TICKET, "assignee": {"connect": {"id": "B-user-0"}}}),
    "connect by e-mail": lambda t: t.ticket.update(
        where={"id": "A-ticket-0"}, data={"assignee": {"connect": {"email": "B-0@example"}}}
    ),
    "item of B's invoice": lambda t: t.invoiceitem.create({"id": "A-x", "invoiceId": "B-invoice-0", **ITEM}),
    "many items": lambda t: t.invoiceitem.create_many(
        [
            {"id": "A-x", "invoiceId": "A-invoice-0", **ITEM},
            {"id": "A-y", "invoiceId": "B-invoice-0", **ITEM},
        ]
    ),
    "many for B": lambda t: t.auditlog.create_many(
        [{"action": "a", "entityType": "e", "entityId": "i", "tenantId": "B-tenant"}]
    ),
    "nested foreign key": lambda t: t.ticket.create(
        {**TICKET, "comments": {"create": [{"id": "A-c", "body": "b", "authorId": "B-user-0"}]}}
    ),
    "foreign key in an update": lambda t: t.ticket.update(
        where={"id": "A-ticket-0"}, data={"assigneeId": "B-user-0"}
    ),
    "foreign key in many updates": lambda t: t.ticket.update_many(where={}, data={"assigneeId": "B-user-0"}),
    "move a child": lambda t: t.orderitem.update(where={"id": "A-item-0"}, data={"orderId": "B-order-0"}),
    "take a child": lambda t: t.user.update(
        where={"id": "A-user-0"}, data={"tickets": {"connect": [{"id": "B-ticket-0"}]}}
    ),
    "set a child": lambda t: t.user.update(
        where={"id": "A-user-0"}, data={"tickets": {"set": [{"id": "B-ticket-0"}]}}
    ),
    "give a row away": lambda t: t.user.update(where={"id": "A-user-0"}, data={"tenantId": "B-tenant"}),
    "let a row go": lambda t: t.user.update(where={"id": "A-user-0"}, data={"tenantId": None}),
    "give all away": lambda t: t.user.update_many(where={}, data={"tenantId": {"set": "B-tenant"}}),
    "disconnect the tenant": lambda t: t.user.update(
        where={"id": "A-user-0"}, data={"tenant": {"disconnect": True}}
    ),
    "disconnect from the tenant": lambda t: t.tenant.update(
        where={"id": "A-tenant"}, data={"users": {"disconnect": [{"id": "A-user-0"}]}}
    ),
    "no users": lambda t: t.tenant.update(where={"id": "A-tenant"}, data={"users": {"set": []}}),
    "take B's users": lambda t: t.tenant.update(
        where={"id": "A-tenant"}, data={"users": {"connect": [{"id": "B-user-0"}]}}
    ),
    "a tenant of its own": lambda t: t.tenant.create({"name": "n", "slug": "s"}),
    "a tenant on the way": lambda t: t.ticket.create(
        {**TICKET, "tenant": {"create": {"name": "n", "slug": "s"}}}
    ),
    "become B": lambda t: t.tenant.update(where={"id": "A-tenant"}, data={"id": "B-tenant"}),
    "upsert on the way": lambda t: t.invoice.create(
        {
            "number": "A-n",
            **AMOUNTS,
            "subscription": {
                "connect_or_create": {
                    "where": {"id": "B-subscription-0"},
                    "create": {"id": "A-s", "tenantId": "B-tenant"},
                }
            },
        }
    ),
    "a new key": lambda t: t.user.update(where={"id": "A-user-0"}, data={"id": "A-user-9"}),
    "cursor": lambda t: t.user.find_many(cursor={"id": "B-user-0"}, order={"name": "asc"}),
    "cursor of an include": lambda t: t.order.find_many(include={"items": {"cursor": {"id": "B-item-0"}}}),
    "order through a relation": lambda t: t.ticket.find_many(order={"assignee": {"email": "asc"}}),
    "order by a count": lambda t: t.user.find_many(order={"tickets": {"_count": "asc"}}),
    "unknown operator": lambda t: t.user.update(
        where={"id": "A-user-0"}, data={"tickets": {"updateMany": {"where": {}, "data": {"subject": "x"}}}}
    ),
    "key that is a query": lambda t: t.user.find_many(where={'id: "x"}) { id } x: findManyUser(where: {': 1}),
    "field that is a query": lambda t: t.user.group_by(["id } x: findManyUser { id"]),
    "aggregate that is a query": lambda t: t.user.count(select={"_all } } x: findManyUser { id": True}),
    "SQL": lambda t: t.query_raw("SELECT * FROM users"),
    "SQL of a model": lambda t: t.user.query_raw("SELECT * FROM users"),
    "SQL that writes": lambda t: t.execute_raw("DELETE FROM users"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(failing_attack: Callable[[Attack], Any], still_world: World, name: str) -> None:
    before = still_world.rows("A")
    outcome = failing_attack(REFUSED[name])
    assert isinstance(outcome, str), outcome
    assert outcome.split(":")[0] in {
        *("OutsideTenantError", "NotConfinableError", "RawQueryRefusedError", "RecordNotFoundError"),
    }
    assert still_world.rows("A") == before


UNIQUE = {
    "e-mail": lambda t: t.user.create({"email": "B-0@example", **USER}),
    "id": lambda t: t.user.create({"id": "B-user-0", "email": "A-new@example", **USER}),
    "upsert": lambda t: t.user.upsert(
        where={"email": "B-0@example"},
        data={"create": {"email": "B-0@example", **USER}, "update": {"name": "x"}},
    ),
    "update": lambda t: t.user.update(where={"id": "A-user-0"}, data={"email": "B-0@example"}),
    "number": lambda t: t.order.create({"number": "B-ORD-0", **AMOUNTS}),
}


@pytest.mark.parametrize("name", UNIQUE)
def test_unique_constraint_tells_no_more_than_that_the_value_is_taken(
    failing_attack: Callable[[Attack], Any], name: str
) -> None:
    """That much a UNIQUE over all tenants tells by its nature: see docs/services/tenancy.md."""
    assert failing_attack(UNIQUE[name]).startswith(
        "UniqueViolationError: Unique constraint failed on the fields"
    )


def test_filters_through_relations_see_only_the_tenants_rows(world: World) -> None:
    """Whoever maintains the database may link tenants: a member of A whose own tenant is B."""

    async def link(client: Any) -> None:
        await client.usertenant.create({"id": "A-guest", "userId": "B-user-0", "tenantId": "A-tenant"})
        await client.auditlog.update(where={"id": "B-log-0"}, data={"userId": "A-user-0"})

    async def look(client: Any) -> list[Any]:
        tenant = world.tenancy.tenant_client(client, "A-tenant", row_level_security=False)
        b = {"email": {"startswith": "B-"}}
        guest = await tenant.usertenant.find_unique_or_raise({"id": "A-guest"}, include={"user": True})
        user = await tenant.user.find_unique_or_raise({"id": "A-user-0"}, include={"auditLogs": True})
        return [
            guest.user,
            [log.id for log in user.auditLogs],
            await tenant.usertenant.count(where={"user": {"is": b}}),
            await tenant.usertenant.count(where={"NOT": [{"user": {"is": b}}]}),
            await tenant.usertenant.count(where={"user": {"is_not": b}}),
            await tenant.user.count(where={"auditLogs": {"some": {"id": "B-log-0"}}}),
            await tenant.user.count(where={"auditLogs": {"none": {"id": "B-log-0"}}}),
            await tenant.user.count(where={"auditLogs": {"every": {"tenantId": "A-tenant"}}}),
            await tenant.tenant.count(where={"userTenants": {"some": {"user": {"is": b}}}}),
        ]

    world.run(link, world.owner)
    found = world.run(look)
    assert found == [None, ["A-log-0"], 0, 5, 5, 0, 3, 3, 0]


def test_set_leaves_what_it_does_not_see(world: World) -> None:
    async def link(client: Any) -> None:
        await client.ticket.update(where={"id": "B-ticket-0"}, data={"assigneeId": "A-user-0"})

    async def work(client: Any) -> Any:
        tenant = world.tenancy.tenant_client(client, "A-tenant", row_level_security=False)
        wanted = {"tickets": {"set": [{"id": "A-ticket-1"}, {"id": "A-ticket-2"}]}}
        user = await tenant.user.update(
            where={"id": "A-user-0"}, data=wanted, include={"tickets": {"order_by": {"id": "asc"}}}
        )
        return [ticket.id for ticket in user.tickets], (await client.ticket.find_unique({"id": "B-ticket-0"}))

    world.run(link, world.owner)
    tickets, foreign = world.run(work)
    assert tickets == ["A-ticket-1", "A-ticket-2"]
    assert foreign.assigneeId == "A-user-0"


def test_batch(attack: Callable[[Attack], Any], world: World) -> None:
    async def one(tenant: Any, **ticket: Any) -> None:
        async with tenant.batch_() as batch:
            batch.user.update_many(where={}, data={"company": "A-batch"})
            batch.user.delete(where={"id": "A-user-1"}) if not ticket else None
            batch.ticket.create({**TICKET, **ticket})

    before = world.rows("A")
    outcome = attack(lambda tenant: one(tenant, assigneeId="B-user-0"))
    assert outcome.startswith("OutsideTenantError")
    assert world.rows("A") == before
    assert attack(one) is None
    assert sum("A-batch" in str(row) for row in world.rows("A")) == 3

    async def sql(tenant: Any) -> None:
        async with tenant.batch_() as batch:
            batch.execute_raw("DELETE FROM users")

    assert attack(sql).startswith("RawQueryRefusedError")


def test_transaction_outlived(attack: Callable[[Attack], Any], world: World) -> None:
    async def reuse(tenant: Any) -> Any:
        async with tenant.tx() as transaction:
            await transaction.ticket.create(TICKET)
        return await transaction.ticket.find_many()

    assert attack(reuse).startswith("TransactionEndedError")
    assert any("A-new" in str(row) for row in world.rows("A"))

    async def undo(tenant: Any) -> Any:
        manager = tenant.tx()
        transaction = await manager.start()
        await transaction.ticket.delete(where={"id": "A-new"})
        await manager.rollback()
        return await transaction.ticket.count()

    assert attack(undo).startswith("TransactionEndedError")
    assert any("A-new" in str(row) for row in world.rows("A"))


def test_refusal_within_a_transaction(attack: Callable[[Attack], Any]) -> None:
    async def work(tenant: Any) -> Any:
        async with tenant.tx() as transaction:
            return await transaction.ticket.create({**TICKET, "assigneeId": "B-user-0"})

    assert attack(work).startswith("OutsideTenantError")


def test_transaction_of_another_is_not_taken_over(world: World) -> None:
    async def work(client: Any) -> None:
        async with client.tx() as transaction:
            with pytest.raises(world.tenancy.TenancyError):
                world.tenancy.tenant_client(transaction, "A-tenant")
        async with world.tenancy.tenant_client(client, "A-tenant").tx() as inside:
            with pytest.raises(world.tenancy.TenancyError):
                inside.tx()

    world.run(work)


@pytest.mark.parametrize("tenant", [None, "", "  ", False, b"A-tenant", ["A-tenant"], {"not": ""}, "A\0"])
def test_nobody_is_not_everybody(still_world: World, tenant: Any) -> None:
    with pytest.raises(still_world.tenancy.TenantMissingError):
        still_world.tenancy.tenant_client(still_world.package.Prisma(use_dotenv=False), tenant)
