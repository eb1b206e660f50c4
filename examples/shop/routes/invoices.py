"""Invoices of the tenant, for its administrators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from kaven_schema.services.access import transaction
from kaven_schema.services.audit import record
from kaven_schema.services.billing import Invoices
from pydantic import Field

from shop.answers import Invoice
from shop.dependencies import AdminDesk
from shop.fields import Form, Money
from shop.routes.orders import OrderLine

router = APIRouter(prefix="/invoices", tags=["invoices"])


class NewInvoice(Form):
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=100)]
    tax: Money = Decimal(0)
    discount: Money = Decimal(0)
    subscription_id: UUID | None = None


class Step(Form):
    step: Literal["send", "pay", "cancel"]


@router.post("", status_code=201)
async def create(form: NewInvoice, desk: AdminDesk) -> Invoice:
    """A draft, with the next number."""
    lines = [line.read() for line in form.lines]
    subscription = str(form.subscription_id) if form.subscription_id else None
    async with transaction(desk.client) as inside:
        row = await Invoices(inside, desk.tenant_id).create(
            lines, tax=form.tax, discount=form.discount, subscription_id=subscription
        )
        invoice = Invoice.model_validate(row)
        after = {"number": invoice.number, "total": invoice.total}
        await record(inside, "invoice.created", entity_type="Invoice", entity_id=invoice.id, after=after)
    return invoice


@router.get("")
async def show_all(desk: AdminDesk) -> list[Invoice]:
    rows = await desk.client.invoice.find_many(order={"createdAt": "desc"}, take=100)
    return [Invoice.model_validate(row) for row in rows]


@router.get("/{invoice_id}")
async def show(invoice_id: UUID, desk: AdminDesk) -> Invoice:
    return Invoice.model_validate(await Invoices(desk.client, desk.tenant_id).find(str(invoice_id)))


@router.patch("/{invoice_id}")
async def move(invoice_id: UUID, form: Step, desk: AdminDesk) -> Invoice:
    async with transaction(desk.client) as inside:
        invoices = Invoices(inside, desk.tenant_id)
        before = await invoices.find(str(invoice_id))
        steps: dict[str, Callable[[str], Awaitable[None]]] = {
            "send": invoices.send,
            "pay": invoices.pay,
            "cancel": invoices.cancel,
        }
        await steps[form.step](str(invoice_id))
        after = await invoices.find(str(invoice_id))
        old, new = {"status": before.status}, {"status": after.status}
        await record(
            inside, "invoice.moved", entity_type="Invoice", entity_id=str(invoice_id), before=old, after=new
        )
    return Invoice.model_validate(after)
