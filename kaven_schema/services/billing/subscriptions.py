"""A tenant's subscription: its status, its end, and its ids at Stripe."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kaven_schema.services.access import Clock, utc_now
from kaven_schema.services.billing.shapes import Subscription, SubscriptionClient
from kaven_schema.services.billing.statuses import SUBSCRIPTION_STATUSES, SubscriptionStatus
from kaven_schema.services.transitions import IllegalTransitionError, RowMissingError, move_row

TRIAL = timedelta(days=30)
_Values = dict[str, str | datetime | bool | None]


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """That of one tenant. `client` is the generated one, a transaction of it, or the tenant's own client."""

    client: SubscriptionClient = field(repr=False)
    tenant_id: str
    clock: Clock = field(default=utc_now, kw_only=True, repr=False)

    async def find(self) -> Subscription:
        """Raises RowMissingError."""
        found = await self.client.subscription.find_many(where=self._own, take=1)
        if not found:
            raise RowMissingError("subscription", f"of {self.tenant_id}")
        return found[0]

    async def start_trial(self, length: timedelta = TRIAL) -> Subscription:
        """The tenant's first subscription. A second one is refused by the database."""
        data = {**self._own, "status": SubscriptionStatus.TRIAL.value, "trialEnd": self.clock() + length}
        return await self.client.subscription.create(data=data)

    async def activate(self, period_start: datetime, period_end: datetime) -> None:
        """Paid, until the end of the period. Raises IllegalTransitionError, RowMissingError."""
        period: _Values = {"currentPeriodStart": period_start, "currentPeriodEnd": period_end}
        anew: _Values = {"canceledAt": None, "cancelAtPeriodEnd": False}
        await self._move(SubscriptionStatus.ACTIVE, {**period, **anew})

    async def renew(self, period_start: datetime, period_end: datetime) -> None:
        """The next period of an active one that is not to end. Raises IllegalTransitionError, RowMissingError."""
        active = SubscriptionStatus.ACTIVE.value
        where = {**self._own, "status": active, "cancelAtPeriodEnd": False}
        data = {"currentPeriodStart": period_start, "currentPeriodEnd": period_end}
        if not await self.client.subscription.update_many(where=where, data=data):
            row = await self.find()
            state = "its end" if row.status == active else row.status
            raise IllegalTransitionError("subscription", state, "a next period")

    async def payment_failed(self, *, for_good: bool = False) -> None:
        """PAST_DUE, the time of grace; `for_good` UNPAID. Raises IllegalTransitionError, RowMissingError."""
        await self._move(SubscriptionStatus.UNPAID if for_good else SubscriptionStatus.PAST_DUE, {})

    async def cancel_at_period_end(self) -> None:
        """It goes on until then: `end_periods` ends it. Raises IllegalTransitionError, RowMissingError."""
        await self._set_ending(is_ending=True)

    async def resume(self) -> None:
        """Take back `cancel_at_period_end`, while there is time. Raises IllegalTransitionError, RowMissingError."""
        await self._set_ending(is_ending=False)

    async def cancel(self) -> None:
        """At once. Raises IllegalTransitionError, RowMissingError."""
        await self._move(SubscriptionStatus.CANCELED, {"canceledAt": self.clock()})

    async def link_stripe(self, *, customer_id: str, price_id: str | None = None) -> None:
        """Whose events are this tenant's, and which plan it has. Raises RowMissingError."""
        data = {"stripeCustomerId": customer_id}
        if price_id is not None:
            data["stripePriceId"] = price_id
        if not await self.client.subscription.update_many(where=self._own, data=data):
            raise RowMissingError("subscription", f"of {self.tenant_id}")

    async def _set_ending(self, *, is_ending: bool) -> None:
        canceled = SubscriptionStatus.CANCELED
        where = {**self._own, "status": {"in": list(SUBSCRIPTION_STATUSES.before(canceled))}}
        data = {"cancelAtPeriodEnd": is_ending}
        if not await self.client.subscription.update_many(where=where, data=data):
            status = (await self.find()).status
            raise IllegalTransitionError("subscription", status, "another end")

    async def _move(self, new: SubscriptionStatus, values: _Values) -> None:
        async def read() -> str:
            return (await self.find()).status

        async def write(old: str) -> int:
            where = {**self._own, "status": old}
            return await self.client.subscription.update_many(
                where=where, data={"status": new.value, **values}
            )

        await move_row(SUBSCRIPTION_STATUSES, new, read, write)

    @property
    def _own(self) -> dict[str, str]:
        return {"tenantId": self.tenant_id}
