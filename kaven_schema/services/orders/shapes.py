"""What orders read of the rows, and ask of the client."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Protocol

from kaven_schema.services.access import Rows, Transactional

# ruff: noqa: N802 - the fields' names


class Order(Protocol):
    """A row of model Order; its currency is of services.extended.prisma."""

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
    def shipping(self) -> Decimal: ...
    @property
    def tax(self) -> Decimal: ...
    @property
    def total(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...


class Change(Protocol):
    """A row of model OrderStatusHistory."""

    @property
    def orderId(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def notes(self) -> str | None: ...
    @property
    def createdAt(self) -> datetime: ...


class OrderClient(Transactional, Protocol):
    """A generated client whose schema has base's Order and what services.extended.prisma adds, or a tenant's of it."""

    @property
    def order(self) -> Rows[Order]: ...
    @property
    def orderstatushistory(self) -> Rows[Change]: ...
