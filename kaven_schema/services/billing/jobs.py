"""What happens by itself as time goes by: for cron, in batches, with a client that sees every tenant's rows.

Each batch is one statement by itself. A job that is interrupted, or runs twice at once, does nothing twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, TypeVar

from kaven_schema.engines.progress import Advance, Progress, silent
from kaven_schema.services.access import Clock, Rows, utc_now
from kaven_schema.services.billing.shapes import InvoiceClient, SubscriptionClient
from kaven_schema.services.billing.statuses import (
    INVOICE_STATUSES,
    SUBSCRIPTION_STATUSES,
    InvoiceStatus,
    SubscriptionStatus,
)

BATCH_ROWS = 1000


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


_RowT = TypeVar("_RowT", bound=_Identified)
_Terms = dict[str, object]


async def mark_overdue(
    client: InvoiceClient, *, batch: int = BATCH_ROWS, clock: Clock = utc_now, progress: Progress = silent
) -> int:
    """Invoices that were sent and whose due date has passed; how many there were."""
    new = InvoiceStatus.OVERDUE
    where: _Terms = {"status": {"in": list(INVOICE_STATUSES.before(new))}, "dueDate": {"lt": clock()}}
    with progress("Marking overdue invoices", await client.invoice.count(where=where)) as advance:
        return await _change(client.invoice, where, {"status": new.value}, batch, advance)


async def end_periods(
    client: SubscriptionClient,
    *,
    batch: int = BATCH_ROWS,
    clock: Clock = utc_now,
    progress: Progress = silent,
) -> int:
    """Cancel subscriptions that were to end with a period that has ended; Stripe ends its own. How many there were."""
    now = clock()
    where: _Terms = {
        "status": {"in": list(SUBSCRIPTION_STATUSES.before(SubscriptionStatus.CANCELED))},
        "cancelAtPeriodEnd": True,
        "currentPeriodEnd": {"lte": now},
        "stripeSubscriptionId": None,
    }
    with progress("Ending subscriptions", await client.subscription.count(where=where)) as advance:
        return await _change(client.subscription, where, _canceled(now), batch, advance)


async def end_trials(
    client: SubscriptionClient,
    *,
    then: SubscriptionStatus = SubscriptionStatus.PAST_DUE,
    batch: int = BATCH_ROWS,
    clock: Clock = utc_now,
    progress: Progress = silent,
) -> int:
    """Trials that are over become `then`, or CANCELED where that was asked for; Stripe ends its own. How many."""
    SUBSCRIPTION_STATUSES.check(SubscriptionStatus.TRIAL, then)
    now = clock()
    where: _Terms = {
        "status": SubscriptionStatus.TRIAL.value,
        "trialEnd": {"lte": now},
        "stripeSubscriptionId": None,
    }
    leaving, staying = {**where, "cancelAtPeriodEnd": True}, {**where, "cancelAtPeriodEnd": False}
    data: _Terms = _canceled(now) if then is SubscriptionStatus.CANCELED else {"status": then.value}
    with progress("Ending trials", await client.subscription.count(where=where)) as advance:
        left = await _change(client.subscription, leaving, _canceled(now), batch, advance)
        return left + await _change(client.subscription, staying, data, batch, advance)


async def _change(rows: Rows[_RowT], where: _Terms, data: _Terms, batch: int, advance: Advance) -> int:
    """`data` makes that a row meets `where` no more."""
    changed = 0
    while found := await rows.find_many(where=where, order={"id": "asc"}, take=batch):
        ids = [row.id for row in found]
        done = await rows.update_many(where={**where, "id": {"in": ids}}, data=data)
        if not done:
            break  # another run is at these rows, or nobody may change them
        changed += done
        advance(done)
    return changed


def _canceled(now: datetime) -> _Terms:
    return {"status": SubscriptionStatus.CANCELED.value, "canceledAt": now}
