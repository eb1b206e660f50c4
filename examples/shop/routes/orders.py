"""Orders of the tenant. Each change and its audit row are one transaction."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from db import enums
from db.types import OrderWhereInput
from fastapi import APIRouter, Query
from kaven_schema.services import money
from kaven_schema.services.access import transaction
from kaven_schema.services.audit import record
from kaven_schema.services.orders import Orders, OrderStatus
from pydantic import Field

from shop.answers import Order, OrderChange
from shop.dependencies import Desk, TheDesk
from shop.fields import Form, Line, Money, Quantity

router = APIRouter(prefix="/orders", tags=["orders"])


class OrderLine(Form):
    description: Line
    price: Money
    quantity: Quantity = 1

    def read(self) -> money.Line:
        return money.Line(description=self.description, price=self.price, quantity=self.quantity)


class NewOrder(Form):
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=100)]
    shipping: Money = Decimal(0)
    tax: Money = Decimal(0)


class Move(Form):
    status: OrderStatus
    notes: Line | None = None


class OrderQuery(Form):
    status: OrderStatus | None = None
    size: Annotated[int, Field(ge=1, le=100)] = 20


@router.post("", status_code=201)
async def create(form: NewOrder, desk: TheDesk) -> Order:
    """Pending, with the next number."""
    lines = [line.read() for line in form.lines]
    async with transaction(desk.client) as inside:
        row = await Orders(inside, desk.tenant_id).create(lines, shipping=form.shipping, tax=form.tax)
        order = Order.model_validate(row)
        after = {"number": order.number, "total": order.total}
        await record(inside, "order.created", entity_type="Order", entity_id=order.id, after=after)
    return order


@router.get("")
async def show_all(desk: TheDesk, asked: Annotated[OrderQuery, Query()]) -> list[Order]:
    where: OrderWhereInput = {"status": enums.OrderStatus(asked.status.value)} if asked.status else {}
    rows = await desk.client.order.find_many(
        where=where,
        order={"createdAt": "desc"},
        take=asked.size,
    )
    return [Order.model_validate(row) for row in rows]


@router.get("/{order_id}")
async def show(order_id: UUID, desk: TheDesk) -> Order:
    return Order.model_validate(await _orders(desk).find(str(order_id)))


@router.get("/{order_id}/history")
async def history(order_id: UUID, desk: TheDesk) -> list[OrderChange]:
    await _orders(desk).find(str(order_id))
    return [OrderChange.model_validate(row) for row in await _orders(desk).history(str(order_id))]


@router.patch("/{order_id}")
async def move(order_id: UUID, form: Move, desk: TheDesk) -> Order:
    """To its next status."""
    return await _moved(desk, str(order_id), form.status, form.notes)


@router.delete("/{order_id}")
async def cancel(order_id: UUID, desk: TheDesk) -> Order:
    """An order and its number stay: it is canceled."""
    return await _moved(desk, str(order_id), OrderStatus.CANCELED, None)


def _orders(desk: Desk) -> Orders:
    return Orders(desk.client, desk.tenant_id)


async def _moved(desk: Desk, order_id: str, new: OrderStatus, notes: str | None) -> Order:
    async with transaction(desk.client) as inside:
        orders = Orders(inside, desk.tenant_id)
        before = await orders.find(order_id)
        await orders.move(order_id, new, notes=notes)
        old, after = {"status": before.status}, {"status": new.value}
        await record(inside, "order.moved", entity_type="Order", entity_id=order_id, before=old, after=after)
        return Order.model_validate(await orders.find(order_id))
