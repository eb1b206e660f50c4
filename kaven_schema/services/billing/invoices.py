"""A tenant's invoices: numbered without gaps, with totals that add up, and statuses in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

from kaven_schema.services.access import Clock, utc_now
from kaven_schema.services.billing.shapes import BillingClient, Invoice
from kaven_schema.services.billing.statuses import INVOICE_STATUSES, InvoiceStatus
from kaven_schema.services.money.amounts import exact
from kaven_schema.services.money.lines import Line, not_negative, subtotal_of
from kaven_schema.services.numbering.series import INVOICES, check_numbered, series_of
from kaven_schema.services.transitions import RowMissingError, move_row

_NOTHING = Decimal(0)
PAYMENT_TERM = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Invoices:
    """Those of one tenant. `client` is the generated one, a transaction of it, or the tenant's own client.

    `zone` is where the year of a number begins.
    """

    client: BillingClient = field(repr=False)
    tenant_id: str
    currency: str = field(default="BRL", kw_only=True)
    payment_term: timedelta = field(default=PAYMENT_TERM, kw_only=True)
    zone: tzinfo = field(default=UTC, kw_only=True)
    clock: Clock = field(default=utc_now, kw_only=True, repr=False)

    async def create(
        self,
        lines: Sequence[Line],
        *,
        tax: Decimal = _NOTHING,
        discount: Decimal = _NOTHING,
        currency: str | None = None,
        due: datetime | None = None,
        subscription_id: str | None = None,
        customer_id: str | None = None,
    ) -> Invoice:
        """A draft with the next number, and its lines. Raises MoneyError, NumberingMissingError; RowMissingError for a
        subscription that is not the tenant's.

        Within a transaction of the caller's the number is kept from others until that ends: do it last.
        """
        code, now = currency or self.currency, self.clock()
        amounts = _amounts(lines, tax, discount, code)
        await self._check_subscription(subscription_id)
        series = series_of(INVOICES, now.astimezone(self.zone))
        data = {
            "tenantId": self.tenant_id,
            "number": series,
            "currency": code,
            "dueDate": due or now + self.payment_term,
            "items": {"create": [_item(line, code) for line in lines]},
            **amounts,
            **_present(subscriptionId=subscription_id, customerId=customer_id),
        }
        invoice = await self.client.invoice.create(data=data)
        if invoice.number == series:
            await self.client.invoice.delete_many(where=self._where(invoice.id))
        check_numbered(series, invoice.number)
        return invoice

    async def find(self, invoice_id: str) -> Invoice:
        """Raises RowMissingError."""
        found = await self.client.invoice.find_many(where=self._where(invoice_id), take=1)
        if not found:
            raise RowMissingError("invoice", invoice_id)
        return found[0]

    async def send(self, invoice_id: str) -> None:
        """Raises IllegalTransitionError, RowMissingError."""
        await self._move(invoice_id, InvoiceStatus.SENT)

    async def pay(self, invoice_id: str, *, paid_at: datetime | None = None) -> None:
        """Of two payments at once one is refused. Raises IllegalTransitionError, RowMissingError."""
        await self._move(invoice_id, InvoiceStatus.PAID, paidAt=paid_at or self.clock())

    async def cancel(self, invoice_id: str) -> None:
        """Its number stays taken. Raises IllegalTransitionError, RowMissingError."""
        await self._move(invoice_id, InvoiceStatus.CANCELED)

    async def _check_subscription(self, subscription_id: str | None) -> None:
        """A client that sees every tenant's rows would connect another's."""
        own = {"id": subscription_id, "tenantId": self.tenant_id}
        if subscription_id is not None and not await self.client.subscription.count(where=own):
            raise RowMissingError("subscription", subscription_id)

    async def _move(self, invoice_id: str, new: InvoiceStatus, **fields: datetime) -> None:
        where = self._where(invoice_id)

        async def read() -> str:
            return (await self.find(invoice_id)).status

        async def write(old: str) -> int:
            data = {"status": new.value, **fields}
            return await self.client.invoice.update_many(where={**where, "status": old}, data=data)

        await move_row(INVOICE_STATUSES, new, read, write)

    def _where(self, invoice_id: str) -> dict[str, str]:
        return {"id": invoice_id, "tenantId": self.tenant_id}


def _amounts(lines: Sequence[Line], tax: Decimal, discount: Decimal, currency: str) -> dict[str, Decimal]:
    """Raises MoneyError, also where a discount is more than there is to pay."""
    subtotal = subtotal_of(lines, currency)
    added, taken = not_negative(tax, currency), not_negative(discount, currency)
    total = not_negative(subtotal + added - taken, currency)
    return {"subtotal": subtotal, "tax": added, "discount": taken, "total": total}


def _item(line: Line, currency: str) -> dict[str, str | int | Decimal]:
    return {
        "description": line.description,
        "quantity": line.quantity,
        "price": exact(line.price, currency),
        "total": line.total(currency),
    }


def _present(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}
