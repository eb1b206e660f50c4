"""What Stripe's events need of the client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from kaven_schema.services.access import Rows, Transactional
from kaven_schema.services.billing.shapes import Subscription


class CreatedRows(Rows[Subscription], Protocol):
    """Those of a model into which several rows can be written at once."""

    @property
    def create_many(self) -> Callable[..., Awaitable[int]]: ...


class EventRows(Protocol):
    """Those of model StripeEvent, of services.extended.prisma."""

    @property
    def create_many(self) -> Callable[..., Awaitable[int]]: ...
    @property
    def count(self) -> Callable[..., Awaitable[int]]: ...


class StripeClient(Transactional, Protocol):
    """A generated client whose schema has base's Subscription and what services.extended.prisma adds."""

    @property
    def subscription(self) -> CreatedRows: ...
    @property
    def stripeevent(self) -> EventRows: ...
