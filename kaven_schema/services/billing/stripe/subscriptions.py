"""Events of a subscription, brought into its tenant's row: each once, and none over a newer one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from kaven_schema.services.access import transaction
from kaven_schema.services.billing.shapes import Subscription, SubscriptionClient
from kaven_schema.services.billing.statuses import SubscriptionStatus
from kaven_schema.services.billing.stripe.events import StripeEvent, SubscriptionState
from kaven_schema.services.billing.stripe.shapes import StripeClient

_CREATED = "customer.subscription.created"
_DELETED = "customer.subscription.deleted"
_START = datetime(1970, 1, 1, tzinfo=UTC)


class Outcome(StrEnum):
    """What became of an event. All but an exception is to be answered with 200."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    STALE = "stale"
    IGNORED = "ignored"


async def tenant_of(client: SubscriptionClient, event: StripeEvent) -> str | None:
    """Whose subscription the event is of: that of its customer, else that of its metadata.

    Without a tenant's policy in force, `client` sees every subscription; under one, the metadata alone tells.
    """
    if event.state is None:
        return None
    known = {"stripeCustomerId": event.state.customer_id}
    found = await client.subscription.find_many(where=known, take=1)
    return found[0].tenantId if found else event.tenant_id


@dataclass(frozen=True, slots=True)
class StripeSubscriptions:
    """That of one tenant. `client` is the generated one, a transaction of it, or the tenant's own client."""

    client: StripeClient = field(repr=False)
    tenant_id: str

    async def apply(self, event: StripeEvent) -> Outcome:
        """What the event says, and that it was dealt with, in one transaction."""
        state = event.state
        if state is None:
            return Outcome.IGNORED
        async with transaction(self.client) as inside:
            if not await inside.stripeevent.create_many(data=[self._record(event)], skip_duplicates=True):
                return Outcome.DUPLICATE
            missing = {**self._own, "status": state.status.value}
            await inside.subscription.create_many(data=[missing], skip_duplicates=True)
            return await self._bring_in(inside, event, state)

    async def _bring_in(self, inside: StripeClient, event: StripeEvent, state: SubscriptionState) -> Outcome:
        """Where another event was first, the row is looked at again."""
        while True:
            (row,) = await inside.subscription.find_many(where=self._own, take=1)
            is_followed = row.stripeEventAt == event.made_at and await self._is_followed(inside, event, state)
            outcome = judge(row, event, state, is_followed=is_followed)
            if outcome is not Outcome.APPLIED:
                return outcome
            seen = {
                **self._own,
                "status": row.status,
                "stripeSubscriptionId": row.stripeSubscriptionId,
                "stripeEventAt": row.stripeEventAt,
            }
            if await inside.subscription.update_many(where=seen, data=_values(event, state)):
                return outcome

    async def _is_followed(self, inside: StripeClient, event: StripeEvent, state: SubscriptionState) -> bool:
        """Whether an event of the same second replaced what this one brings."""
        where = {
            **self._own,
            "madeAt": event.made_at,
            "replaced": state.status.value,
            "NOT": [{"eventId": event.id}],
        }
        return await inside.stripeevent.count(where=where) > 0

    def _record(self, event: StripeEvent) -> dict[str, str | datetime | None]:
        replaced = event.before.value if event.before else None
        known: dict[str, str | datetime | None] = {
            "eventId": event.id,
            "type": event.type,
            "madeAt": event.made_at,
        }
        return {**self._own, **known, "replaced": replaced}

    @property
    def _own(self) -> dict[str, str]:
        return {"tenantId": self.tenant_id}


def judge(
    row: Subscription, event: StripeEvent, state: SubscriptionState, *, is_followed: bool = False
) -> Outcome:
    """Whether the event is newer than what the row holds, and of the subscription that the row follows."""
    if row.stripeCustomerId not in (None, state.customer_id):
        return Outcome.IGNORED
    if row.stripeSubscriptionId is None and _is_running(row.status) and _is_unpaid_checkout(event, state):
        return Outcome.IGNORED  # a trial, or a subscription without Stripe, goes on beside it
    newest = row.stripeEventAt or _START
    if row.stripeSubscriptionId not in (None, state.subscription_id):
        return _judge_another(row, event, state, newest)
    if row.stripeSubscriptionId and _is_over(row.status) and not _is_over(state.status):
        return Outcome.STALE  # what Stripe canceled never comes back: an earlier event came late
    if event.made_at == newest:
        return Outcome.APPLIED if _is_newest(row, event, is_followed) else Outcome.STALE
    return Outcome.APPLIED if event.made_at > newest else Outcome.STALE


def _judge_another(
    row: Subscription, event: StripeEvent, state: SubscriptionState, newest: datetime
) -> Outcome:
    """A tenant that comes back, or changes over, has a new subscription; the old one's end is no news."""
    starts = not _is_over(state.status) if _is_over(row.status) else _runs_from_now(event, state)
    if not starts:
        return Outcome.IGNORED
    return Outcome.APPLIED if event.made_at >= newest else Outcome.STALE


def _runs_from_now(event: StripeEvent, state: SubscriptionState) -> bool:
    """A checkout that was only opened, and may be left, takes no place: one that is paid does, or in its trial."""
    is_new = event.type == _CREATED or event.before == SubscriptionStatus.UNPAID
    return is_new and state.status in (SubscriptionStatus.TRIAL, SubscriptionStatus.ACTIVE)


def _is_unpaid_checkout(event: StripeEvent, state: SubscriptionState) -> bool:
    """Opened, or expired without a payment."""
    unpaid = SubscriptionStatus.UNPAID
    is_opened = event.type == _CREATED and state.status == unpaid
    return is_opened or (event.before == unpaid and _is_over(state.status))


def _is_newest(row: Subscription, event: StripeEvent, is_followed: bool) -> bool:
    """Of events in one second, whose times are the same: what each says that it replaced."""
    if event.type in (_CREATED, _DELETED):
        return event.type == _DELETED
    return event.before == row.status or not is_followed


def _is_running(status: str) -> bool:
    return status not in (SubscriptionStatus.UNPAID, SubscriptionStatus.CANCELED)


def _is_over(status: str) -> bool:
    return status == SubscriptionStatus.CANCELED


def _values(event: StripeEvent, state: SubscriptionState) -> dict[str, str | datetime | bool | None]:
    return {
        "status": state.status.value,
        "stripeSubscriptionId": state.subscription_id,
        "stripeCustomerId": state.customer_id,
        "stripePriceId": state.price_id,
        "stripeEventAt": event.made_at,
        "currentPeriodStart": state.period_start,
        "currentPeriodEnd": state.period_end,
        "cancelAtPeriodEnd": state.cancel_at_period_end,
        "canceledAt": state.canceled_at,
        "trialEnd": state.trial_end,
    }
