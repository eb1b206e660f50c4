"""What an event of Stripe's says. Everything in it is checked: it is another party's text, whoever signed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from kaven_schema.services.billing.statuses import SubscriptionStatus

_Json = Mapping[str, object]
_SUBSCRIPTION = "customer.subscription."

_STATUSES = {
    "trialing": SubscriptionStatus.TRIAL,
    "active": SubscriptionStatus.ACTIVE,
    "past_due": SubscriptionStatus.PAST_DUE,
    "unpaid": SubscriptionStatus.UNPAID,
    # Nothing was paid yet; and a trial that ended without a way to pay.
    "incomplete": SubscriptionStatus.UNPAID,
    "paused": SubscriptionStatus.UNPAID,
    "canceled": SubscriptionStatus.CANCELED,
    "incomplete_expired": SubscriptionStatus.CANCELED,
}


class StripePayloadError(Exception):
    """`place` is where the payload is not what Stripe documents."""

    def __init__(self, place: str) -> None:
        super().__init__(f"the event is not as Stripe documents it: {place}")
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionState:
    """A subscription as it was when the event was made. Times are in UTC."""

    subscription_id: str
    customer_id: str
    price_id: str | None
    status: SubscriptionStatus
    period_start: datetime | None
    period_end: datetime | None
    cancel_at_period_end: bool
    canceled_at: datetime | None
    trial_end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeEvent:
    """`state` for events of subscriptions alone; `before` is the status that the event says was replaced.

    `tenant_id` is what the application wrote into the metadata of the subscription, under that name.
    """

    id: str
    type: str
    made_at: datetime
    state: SubscriptionState | None = None
    before: SubscriptionStatus | None = None
    tenant_id: str | None = None


def read_event(payload: bytes) -> StripeEvent:
    """Raises StripePayloadError."""
    try:
        given = json.loads(payload)
    except (ValueError, RecursionError):
        raise StripePayloadError("it is no JSON") from None
    event = _Part(given, "event")
    kind = event.text("type")
    made_at = event.time("created")
    if made_at is None:
        raise StripePayloadError("event.created")
    if not kind.startswith(_SUBSCRIPTION):
        return StripeEvent(id=event.text("id"), type=kind, made_at=made_at)
    data = event.part("data")
    subscription = data.part("object")
    before = data.part("previous_attributes").optional_text("status")
    return StripeEvent(
        id=event.text("id"),
        type=kind,
        made_at=made_at,
        state=_state(subscription),
        before=subscription_status(before) if before else None,
        tenant_id=subscription.part("metadata").optional_text("tenant_id"),
    )


def subscription_status(status: str) -> SubscriptionStatus:
    """Ours for Stripe's. Raises StripePayloadError for one that Stripe did not have yet."""
    found = _STATUSES.get(status)
    if found is None:
        raise StripePayloadError(f"status {status!r}")
    return found


def _state(subscription: _Part) -> SubscriptionState:
    item = subscription.part("items").first("data")
    return SubscriptionState(
        subscription_id=subscription.text("id"),
        customer_id=subscription.reference("customer"),
        price_id=item.part("price").optional_text("id"),
        status=subscription_status(subscription.text("status")),
        # Since Stripe's version 2025-03-31 each item has a period of its own.
        period_start=subscription.time("current_period_start") or item.time("current_period_start"),
        period_end=subscription.time("current_period_end") or item.time("current_period_end"),
        cancel_at_period_end=subscription.flag("cancel_at_period_end"),
        canceled_at=subscription.time("canceled_at"),
        trial_end=subscription.time("trial_end"),
    )


class _Part:
    """An object of the payload, and where it stands. One that is absent or null is empty."""

    def __init__(self, given: object, place: str) -> None:
        if not isinstance(given, Mapping):
            raise StripePayloadError(place)
        self._values: _Json = given
        self._place = place

    def part(self, name: str) -> _Part:
        return _Part(self._values.get(name) or {}, f"{self._place}.{name}")

    def first(self, name: str) -> _Part:
        found = self._values.get(name) or []
        if not isinstance(found, list):
            raise self._wrong(name)
        return _Part(found[0] if found else {}, f"{self._place}.{name}")

    def optional_text(self, name: str) -> str | None:
        found = self._values.get(name)
        if found is None:
            return None
        if not isinstance(found, str) or not found or "\0" in found:
            raise self._wrong(name)
        return found

    def text(self, name: str) -> str:
        found = self.optional_text(name)
        if found is None:
            raise self._wrong(name)
        return found

    def reference(self, name: str) -> str:
        """An id, or the object that has it where the endpoint asked for it to be expanded."""
        if isinstance(self._values.get(name), Mapping):
            return self.part(name).text("id")
        return self.text(name)

    def flag(self, name: str) -> bool:
        found = self._values.get(name, False)
        if not isinstance(found, bool):
            raise self._wrong(name)
        return found

    def time(self, name: str) -> datetime | None:
        found = self._values.get(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < 1 << 36:
            raise self._wrong(name)
        return datetime.fromtimestamp(found, UTC)

    def _wrong(self, name: str) -> StripePayloadError:
        return StripePayloadError(f"{self._place}.{name}")
