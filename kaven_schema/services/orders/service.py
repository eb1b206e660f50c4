"""Orders, and the changes of their statuses.

The first row of an order's history is written by PostgreSQL (`history.sql`), and so is that of a change which passes by
this service; a change that is made here brings its own, with notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from decimal import Decimal

from kaven_schema.services.access import Clock, transaction, utc_now
from kaven_schema.services.money.amounts import exact
from kaven_schema.services.money.lines import Line, not_negative, subtotal_of
from kaven_schema.services.numbering.series import ORDERS, check_numbered, series_of
from kaven_schema.services.orders.shapes import Change, Order, OrderClient
from kaven_schema.services.orders.statuses import ORDER_STATUSES, OrderStatus
from kaven_schema.services.transitions import RowMissingError, move_row

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Orders:
    """Those of one tenant. `client` is the generated one, a transaction of it, or the tenant's own client.

    `zone` is where the year of a number begins.
    """

    client: OrderClient = field(repr=False)
    tenant_id: str
    currency: str = field(default="BRL", kw_only=True)
    zone: tzinfo = field(default=UTC, kw_only=True)
    clock: Clock = field(default=utc_now, kw_only=True, repr=False)

    async def create(
        self,
        lines: Sequence[Line],
        *,
        shipping: Decimal = _NOTHING,
        tax: Decimal = _NOTHING,
        currency: str | None = None,
        customer_id: str | None = None,
    ) -> Order:
        """A pending order with the next number, and its lines. Raises MoneyError, NumberingMissingError.

        Within a transaction of the caller's the number is kept from others until that ends: do it last.
        """
        code = currency or self.currency
        series = series_of(ORDERS, self.clock().astimezone(self.zone))
        data = {
            "tenantId": self.tenant_id,
            "number": series,
            "currency": code,
            "items": {"create": [_item(line, code) for line in lines]},
            **_amounts(lines, shipping, tax, code),
        }
        if customer_id is not None:
            data["customerId"] = customer_id
        order = await self.client.order.create(data=data)
        if order.number == series:
            await self.client.order.delete_many(where=self._where(order.id))
        check_numbered(series, order.number)
        return order

    async def find(self, order_id: str) -> Order:
        """Raises RowMissingError."""
        return await self._find(self.client, order_id)

    async def move(self, order_id: str, new: OrderStatus, *, notes: str | None = None) -> None:
        """Its next status, and the row that tells of it. Raises IllegalTransitionError, RowMissingError."""
        async with transaction(self.client) as inside:
            where = self._where(order_id)

            async def read() -> str:
                return (await self._find(inside, order_id)).status

            async def write(old: str) -> int:
                """Locked first: the history has no row of a change that another request made impossible."""
                still = {**where, "status": old}
                if not await inside.order.update_many(where=still, data={"status": old}):
                    return 0
                entry = {"orderId": order_id, "status": new.value, "notes": notes}
                await inside.orderstatushistory.create(data=entry)
                return await inside.order.update_many(where=still, data={"status": new.value})

            await move_row(ORDER_STATUSES, new, read, write)

    async def history(self, order_id: str) -> Sequence[Change]:
        """Oldest first. Empty for an order that the tenant has not."""
        where = {"orderId": order_id, "order": {"is": {"tenantId": self.tenant_id}}}
        return await self.client.orderstatushistory.find_many(where=where, order={"createdAt": "asc"})

    async def _find(self, client: OrderClient, order_id: str) -> Order:
        found = await client.order.find_many(where=self._where(order_id), take=1)
        if not found:
            raise RowMissingError("order", order_id)
        return found[0]

    def _where(self, order_id: str) -> dict[str, str]:
        return {"id": order_id, "tenantId": self.tenant_id}


def _item(line: Line, currency: str) -> dict[str, str | int | Decimal]:
    found: dict[str, str | int | Decimal] = {
        "description": line.description,
        "quantity": line.quantity,
        "price": exact(line.price, currency),
        "total": line.total(currency),
    }
    return found if line.product_id is None else {**found, "productId": line.product_id}


def _amounts(lines: Sequence[Line], shipping: Decimal, tax: Decimal, currency: str) -> dict[str, Decimal]:
    """Raises MoneyError."""
    subtotal = subtotal_of(lines, currency)
    carried, added = not_negative(shipping, currency), not_negative(tax, currency)
    total = exact(subtotal + carried + added, currency)
    return {"subtotal": subtotal, "shipping": carried, "tax": added, "total": total}
