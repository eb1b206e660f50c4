"""What billing reads of the rows, and asks of the client."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Protocol

from kaven_schema.services.access import Rows, Transactional

# ruff: noqa: N802 - the fields' names


class Invoice(Protocol):
    """A row of model Invoice."""

    @property
    def id(self) -> str: ...
    @property
    def tenantId(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def subtotal(self) -> Decimal: ...
    @property
    def tax(self) -> Decimal: ...
    @property
    def discount(self) -> Decimal: ...
    @property
    def total(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...
    @property
    def dueDate(self) -> datetime | None: ...
    @property
    def paidAt(self) -> datetime | None: ...


class Subscription(Protocol):
    """A row of model Subscription; Stripe's id and the time of its event are of services.extended.prisma."""

    @property
    def id(self) -> str: ...
    @property
    def tenantId(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def stripeCustomerId(self) -> str | None: ...
    @property
    def stripePriceId(self) -> str | None: ...
    @property
    def stripeSubscriptionId(self) -> str | None: ...
    @property
    def stripeEventAt(self) -> datetime | None: ...
    @property
    def currentPeriodEnd(self) -> datetime | None: ...
    @property
    def cancelAtPeriodEnd(self) -> bool: ...
    @property
    def trialEnd(self) -> datetime | None: ...


class InvoiceClient(Transactional, Protocol):
    """A generated client whose schema has base's Invoice, or a tenant's client of it."""

    @property
    def invoice(self) -> Rows[Invoice]: ...


class SubscriptionClient(Transactional, Protocol):
    """A generated client whose schema has base's Subscription and what services.extended.prisma adds."""

    @property
    def subscription(self) -> Rows[Subscription]: ...


class BillingClient(InvoiceClient, SubscriptionClient, Protocol):
    """Both."""
