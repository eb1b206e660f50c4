"""Orders in PostgreSQL, and the history that nobody rewrites."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.services.access import transaction
from kaven_schema.services.money import Line, MoneyError
from kaven_schema.services.orders import ORDER_STATUSES, Orders, OrderStatus
from kaven_schema.services.transitions import IllegalTransitionError, RowMissingError
from tests.database.servers import query, superuser
from tests.services.project import World, race
from tests.services.ruled import OURS, THEIRS

pytestmark = pytest.mark.xdist_group("postgres")

WIDGET = Line(description="Widget", price=Decimal("12.34"), quantity=5, product_id="widget")


@pytest.fixture
def orders(ruled_world: World) -> Orders:
    return Orders(ruled_world.client, OURS)


def create(world: World, orders: Orders, **options: Any) -> str:
    return str(world.run(orders.create([WIDGET], **options)).id)


def history(world: World, order_id: str) -> list[tuple[str, str | None]]:
    rows = world.run(Orders(world.client, OURS).history(order_id))
    return [(row.status, row.notes) for row in rows]


def test_created(ruled_world: World, orders: Orders) -> None:
    order_id = create(ruled_world, orders, shipping=Decimal("7.50"), tax=Decimal("6.17"))
    stored = ruled_world.run(
        ruled_world.client.order.find_unique_or_raise(where={"id": order_id}, include={"items": True})
    )
    assert (stored.subtotal, stored.total, stored.currency) == (Decimal("61.70"), Decimal("75.37"), "BRL")
    (item,) = stored.items
    assert (item.productId, item.quantity, item.total) == ("widget", 5, Decimal("61.70"))
    assert stored.number.startswith("ORD-20")
    assert history(ruled_world, order_id) == [("PENDING", None)]


def test_moved(ruled_world: World, orders: Orders) -> None:
    order_id = create(ruled_world, orders)
    ruled_world.run(orders.move(order_id, OrderStatus.PROCESSING))
    ruled_world.run(orders.move(order_id, OrderStatus.SHIPPED, notes="FedEx 1234567890"))
    ruled_world.run(orders.move(order_id, OrderStatus.DELIVERED))
    assert ruled_world.run(orders.find(order_id)).status == "DELIVERED"
    assert history(ruled_world, order_id) == [
        ("PENDING", None),
        ("PROCESSING", None),
        ("SHIPPED", "FedEx 1234567890"),
        ("DELIVERED", None),
    ]


def test_illegal(ruled_world: World, orders: Orders) -> None:
    order_id = create(ruled_world, orders)
    for status in set(OrderStatus) - ORDER_STATUSES.following[OrderStatus.PENDING]:
        with pytest.raises(IllegalTransitionError):
            ruled_world.run(orders.move(order_id, status))
    assert history(ruled_world, order_id) == [("PENDING", None)]


def test_every_status_of_the_schema_has_its_transitions(ruled_world: World) -> None:
    enum = ruled_world.package.enums.OrderStatus
    assert {one.value for one in enum} == set(ORDER_STATUSES.following) == set(OrderStatus)


def test_of_eight_at_once_one_moves_it(ruled_world: World, orders: Orders) -> None:
    order_id = create(ruled_world, orders)
    results = ruled_world.run(race(lambda: orders.move(order_id, OrderStatus.PROCESSING)))
    assert sum(result is None for result in results) == 1
    assert all(isinstance(result, IllegalTransitionError) for result in results if result)
    assert history(ruled_world, order_id) == [("PENDING", None), ("PROCESSING", None)]


def test_a_race_of_different_steps_leaves_a_legal_history(ruled_world: World, orders: Orders) -> None:
    order_id = create(ruled_world, orders)

    async def all_at_once() -> None:
        await asyncio.gather(*(orders.move(order_id, one) for one in OrderStatus), return_exceptions=True)

    ruled_world.run(all_at_once())
    statuses = [status for status, _ in history(ruled_world, order_id)]
    assert all(ORDER_STATUSES.allows(old, new) for old, new in pairwise(statuses))
    assert ruled_world.run(orders.find(order_id)).status == statuses[-1]


def test_whoever_passes_the_service_by_leaves_a_row_too(ruled_world: World, orders: Orders) -> None:
    order_id = create(ruled_world, orders)
    where = {"id": order_id}
    ruled_world.run(ruled_world.client.order.update(where=where, data={"status": "PROCESSING"}))
    ruled_world.run(ruled_world.client.order.update(where=where, data={"status": "PROCESSING"}))
    query(ruled_world.url(), f"UPDATE orders SET status = 'SHIPPED' WHERE id = '{order_id}'")
    ruled_world.run(orders.move(order_id, OrderStatus.DELIVERED, notes="at the door"))
    assert history(ruled_world, order_id) == [
        ("PENDING", None),
        ("PROCESSING", None),
        ("SHIPPED", None),
        ("DELIVERED", "at the door"),
    ]


def test_clocks_that_differ(ruled_world: World, orders: Orders) -> None:
    """A database ahead of the application: the rows that it wrote bear later times than the service's."""
    order_id = create(ruled_world, orders)
    query(
        ruled_world.url(Role.OWNER),
        "ALTER TABLE order_status_history DISABLE TRIGGER kaven_append_only;"
        " UPDATE order_status_history SET created_at = created_at + interval '1 hour'"
        f" WHERE order_id = '{order_id}';"
        " ALTER TABLE order_status_history ENABLE ALWAYS TRIGGER kaven_append_only",
    )
    ruled_world.run(orders.move(order_id, OrderStatus.PROCESSING, notes="paid"))
    ruled_world.run(ruled_world.client.order.update(where={"id": order_id}, data={"status": "SHIPPED"}))
    ruled_world.run(orders.move(order_id, OrderStatus.DELIVERED))
    assert sorted(history(ruled_world, order_id), key=str) == [
        ("DELIVERED", None),
        ("PENDING", None),
        ("PROCESSING", "paid"),
        ("SHIPPED", None),
    ]


CHANGE = "UPDATE orders SET status = '{0}' WHERE id = %(id)s"
NOTE = (
    "INSERT INTO order_status_history (id, order_id, status, notes)"
    " VALUES (gen_random_uuid(), %(id)s, '{0}', 'told')"
)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([CHANGE.format("SHIPPED"), CHANGE.format("PENDING"), CHANGE.format("SHIPPED")], 3),
        ([NOTE.format("SHIPPED"), CHANGE.format("SHIPPED")], 1),
        ([NOTE.format("SHIPPED"), "SAVEPOINT s", CHANGE.format("SHIPPED"), "RELEASE s"], 1),
        (["SAVEPOINT s", NOTE.format("SHIPPED"), CHANGE.format("SHIPPED"), "RELEASE s"], 1),
        (
            ["SAVEPOINT s", NOTE.format("SHIPPED"), "ROLLBACK TO s", CHANGE.format("SHIPPED")],
            1,
        ),
        (
            [
                NOTE.format("SHIPPED"),
                CHANGE.format("SHIPPED"),
                CHANGE.format("PENDING"),
                CHANGE.format("SHIPPED"),
            ],
            3,
        ),
    ],
)
def test_within_one_transaction(ruled_world: World, orders: Orders, steps: list[str], expected: int) -> None:
    """Each change has one row, the writer's own or the trigger's, and none is missing that comes again."""
    order_id, url = create(ruled_world, orders), ruled_world.url()
    with psycopg.connect(url.conninfo(), password=url.password) as connection:
        for sql in steps:
            connection.execute(sql.encode(), {"id": order_id})
    assert len(history(ruled_world, order_id)) == 1 + expected


@pytest.mark.parametrize("role", [Role.APP, Role.OWNER])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE order_status_history SET notes = 'rewritten' WHERE order_id = '{0}'",
        "UPDATE order_status_history SET created_at = now() WHERE order_id = '{0}'",
        "DELETE FROM order_status_history WHERE order_id = '{0}'",
        "DELETE FROM orders WHERE id = '{0}'",
        "UPDATE orders SET id = 'another' WHERE id = '{0}'",
        "DELETE FROM tenants WHERE id = 'tenant-ours'",
        "SET session_replication_role = replica; DELETE FROM order_status_history WHERE order_id = '{0}'",
        "TRUNCATE order_status_history",
        "TRUNCATE orders CASCADE",
    ],
)
def test_nobody_rewrites_the_history(ruled_world: World, orders: Orders, role: Role, sql: str) -> None:
    order_id = create(ruled_world, orders)
    with pytest.raises(psycopg.Error) as error:
        query(ruled_world.url(role), sql.format(order_id))
    assert isinstance(error.value, psycopg.errors.RestrictViolation | psycopg.errors.InsufficientPrivilege)
    assert history(ruled_world, order_id) == [("PENDING", None)]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TRIGGER kaven_append_only ON order_status_history",
        "ALTER TABLE order_status_history DISABLE TRIGGER ALL",
        "CREATE OR REPLACE FUNCTION kaven_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
    ],
)
def test_the_application_does_not_switch_it_off(ruled_world: World, sql: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(ruled_world.url(), sql)


def test_nor_does_a_replica(ruled_world: World, orders: Orders) -> None:
    """In which ordinary triggers do not fire."""
    order_id = create(ruled_world, orders)
    with (
        superuser(ruled_world.server) as connection,
        psycopg.connect(
            host=connection.info.host,
            port=connection.info.port,
            user=connection.info.user,
            password=connection.info.password,
            dbname=ruled_world.database,
        ) as inside,
    ):
        inside.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.RestrictViolation):
            inside.execute("DELETE FROM order_status_history WHERE order_id = %s", [order_id])


@pytest.mark.parametrize("door", ["update_many", "delete_many"])
def test_nor_the_client(ruled_world: World, orders: Orders, door: str) -> None:
    order_id = create(ruled_world, orders)
    data = {"data": {"notes": "rewritten"}} if door == "update_many" else {}
    action = getattr(ruled_world.client.orderstatushistory, door)
    with pytest.raises(ruled_world.package.errors.PrismaError, match="append-only"):
        ruled_world.run(action(where={"orderId": order_id}, **data))


def test_refused_within_the_callers_transaction(ruled_world: World, orders: Orders) -> None:
    """Whoever goes on after the refusal commits no row of a change that was not made."""
    order_id = create(ruled_world, orders)

    async def main() -> None:
        async with transaction(ruled_world.client) as inside:
            with pytest.raises(IllegalTransitionError):
                await Orders(inside, OURS).move(order_id, OrderStatus.DELIVERED)
            await Orders(inside, OURS).move(order_id, OrderStatus.CANCELED)

    ruled_world.run(main())
    assert history(ruled_world, order_id) == [("PENDING", None), ("CANCELED", None)]


def test_another_tenants(ruled_world: World, orders: Orders) -> None:
    order_id = create(ruled_world, orders)
    theirs = Orders(ruled_world.client, THEIRS)
    with pytest.raises(RowMissingError):
        ruled_world.run(theirs.find(order_id))
    with pytest.raises(RowMissingError):
        ruled_world.run(theirs.move(order_id, OrderStatus.CANCELED))
    assert ruled_world.run(theirs.history(order_id)) == []


def test_amounts(ruled_world: World, orders: Orders) -> None:
    with pytest.raises(MoneyError):
        create(ruled_world, orders, shipping=Decimal(-1))
    with pytest.raises(MoneyError):
        create(ruled_world, orders, currency="JPY")
    order_id = create(ruled_world, orders)
    with pytest.raises(psycopg.errors.CheckViolation):
        query(ruled_world.url(), f"UPDATE orders SET tax = 1 WHERE id = '{order_id}'")
