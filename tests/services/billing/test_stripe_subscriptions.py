"""Stripe's events in PostgreSQL: each once, in whatever order they come."""

from __future__ import annotations

import asyncio
import random
from itertools import permutations
from typing import Any

import pytest

from kaven_schema.services.billing import Subscriptions
from kaven_schema.services.billing.stripe import (
    Outcome,
    StripeSubscriptions,
    StripeWebhook,
    tenant_of,
)
from tests.services.billing.stripe_world import NOW, SECOND, SECRET, payload, signed
from tests.services.project import World, race
from tests.services.ruled import OURS, THEIRS

pytestmark = pytest.mark.xdist_group("postgres")

WEBHOOK = StripeWebhook((SECRET,), clock=lambda: NOW)


class Stripe:
    """Sends its events, and looks at what became of them."""

    def __init__(self, world: World, tenant: str = OURS) -> None:
        self.world = world
        self.service = StripeSubscriptions(world.client, tenant)
        self.tenant = tenant

    def event(self, *arguments: Any, **options: Any) -> Any:
        body = payload(*arguments, **options)
        return WEBHOOK.read(body, signed(body))

    def send(self, *arguments: Any, **options: Any) -> Outcome:
        outcome: Outcome = self.world.run(self.service.apply(self.event(*arguments, **options)))
        return outcome

    def row(self) -> Any:
        return self.world.run(Subscriptions(self.world.client, self.tenant).find())

    def events(self) -> int:
        return int(self.world.run(self.world.client.stripeevent.count()))


@pytest.fixture
def stripe(own_ruled_world: World) -> Stripe:
    return Stripe(own_ruled_world)


def test_applied(stripe: Stripe) -> None:
    assert stripe.send(kind="created", status="trialing", trial_end=SECOND + 86400) is Outcome.APPLIED
    row = stripe.row()
    assert (row.status, row.stripeSubscriptionId, row.stripeCustomerId) == ("TRIAL", "sub_1", "cus_1")
    assert row.stripePriceId == "price_1"
    assert stripe.send("evt_2", at=SECOND + 5, cancel_at_period_end=True) is Outcome.APPLIED
    row = stripe.row()
    assert (row.status, row.cancelAtPeriodEnd, row.trialEnd) == ("ACTIVE", True, None)
    assert (
        stripe.send("evt_3", "deleted", SECOND + 9, status="canceled", canceled_at=SECOND) is Outcome.APPLIED
    )
    assert (stripe.row().status, stripe.row().canceledAt) == ("CANCELED", NOW)


def test_each_once(stripe: Stripe) -> None:
    assert stripe.send() is Outcome.APPLIED
    stripe.world.run(Subscriptions(stripe.world.client, OURS).payment_failed())
    assert stripe.send() is Outcome.DUPLICATE
    assert stripe.row().status == "PAST_DUE"
    assert stripe.events() == 1


def test_of_eight_at_once_one_is_applied(stripe: Stripe) -> None:
    event = stripe.event()
    outcomes = stripe.world.run(race(lambda: stripe.service.apply(event)))
    assert sorted(map(str, outcomes)) == ["applied"] + ["duplicate"] * 7
    assert stripe.events() == 1


def test_what_fails_is_not_done(stripe: Stripe) -> None:
    """The customer is another tenant's already: Stripe sends the event again, and it is not taken for done."""
    theirs = Stripe(stripe.world, THEIRS)
    theirs.send("evt_theirs")
    with pytest.raises(stripe.world.package.errors.UniqueViolationError):
        stripe.send("evt_ours", subscription="sub_2")
    assert stripe.events() == 1
    assert stripe.send("evt_ours", customer="cus_2", id="sub_2") is Outcome.APPLIED


STORY = (
    {"event_id": "evt_1", "kind": "created", "at": SECOND, "status": "incomplete"},
    {"event_id": "evt_2", "at": SECOND + 1, "status": "active", "before": "incomplete"},
    {"event_id": "evt_3", "at": SECOND + 2, "status": "past_due", "before": "active"},
    {"event_id": "evt_4", "kind": "deleted", "at": SECOND + 3, "status": "canceled"},
)


def test_in_any_order(stripe: Stripe) -> None:
    """All 24 of them, each by a subscription of its own, end alike."""
    for number, order in enumerate(permutations(STORY)):
        ids = {"id": f"sub_{number}", "customer": "cus_1"}
        stripe.world.run(stripe.world.client.subscription.delete_many())
        for one in order:
            stripe.send(**{**one, **ids, "event_id": f"{one['event_id']}_{number}"})
        assert (stripe.row().status, stripe.row().stripeSubscriptionId) == ("CANCELED", f"sub_{number}")


def test_in_any_order_within_one_second(stripe: Stripe) -> None:
    """Where times say nothing, each event says what it replaced."""
    told = [one | {"at": SECOND} for one in STORY]
    for number, order in enumerate(permutations(told)):
        ids = {"id": f"sub_{number}", "customer": "cus_1"}
        stripe.world.run(stripe.world.client.subscription.delete_many())
        stripe.world.run(stripe.world.client.stripeevent.delete_many())
        statuses = []
        for one in order:
            stripe.send(**{**one, **ids})
            statuses.append(stripe.row().status)
        assert statuses[-1] == "CANCELED", order
        if order[-1]["status"] == "canceled":
            assert statuses[-2] == "PAST_DUE", order


def test_all_at_once(stripe: Stripe) -> None:
    events = [stripe.event(**one) for one in STORY]
    random.Random(5).shuffle(events)

    async def all_at_once() -> list[Outcome]:
        return await asyncio.gather(*map(stripe.service.apply, events))

    stripe.world.run(all_at_once())
    assert stripe.row().status == "CANCELED"
    assert stripe.events() == 4


def test_older_ones_come_too_late(stripe: Stripe) -> None:
    stripe.send("evt_2", status="past_due", at=SECOND + 5)
    assert stripe.send("evt_1", status="active", at=SECOND) is Outcome.STALE
    assert stripe.row().status == "PAST_DUE"
    assert stripe.send("evt_1", status="active", at=SECOND) is Outcome.DUPLICATE


def test_canceled_never_comes_back(stripe: Stripe) -> None:
    stripe.send("evt_1", "deleted", status="canceled")
    assert stripe.send("evt_2", status="active", at=SECOND + 60) is Outcome.STALE
    assert stripe.row().status == "CANCELED"


def test_a_new_subscription_after_the_old_one(stripe: Stripe) -> None:
    stripe.send("evt_1", "deleted", status="canceled")
    assert stripe.send("evt_2", "created", SECOND + 60, id="sub_2") is Outcome.APPLIED
    assert (stripe.row().status, stripe.row().stripeSubscriptionId) == ("ACTIVE", "sub_2")
    assert stripe.send("evt_3", status="canceled", at=SECOND + 90) is Outcome.IGNORED
    assert stripe.row().status == "ACTIVE"


def test_another_subscription_beside_the_one_that_runs(stripe: Stripe) -> None:
    stripe.send("evt_1")
    assert stripe.send("evt_2", at=SECOND + 60, id="sub_2", status="past_due") is Outcome.IGNORED
    assert stripe.send("evt_3", "created", SECOND - 60, id="sub_0") is Outcome.STALE
    assert stripe.row().stripeSubscriptionId == "sub_1"
    assert stripe.send("evt_4", "created", SECOND + 61, id="sub_2") is Outcome.APPLIED


def test_a_checkout_that_is_left_beside_the_one_that_runs(stripe: Stripe) -> None:
    """It was never paid: the tenant keeps what it pays for, and whatever Stripe tells of that."""
    stripe.send("evt_1")
    second = {"id": "sub_2", "status": "incomplete"}
    assert stripe.send("evt_2", "created", SECOND + 60, **second) is Outcome.IGNORED
    assert stripe.send("evt_3", at=SECOND + 70, cancel_at_period_end=True) is Outcome.APPLIED
    second["status"] = "incomplete_expired"
    assert stripe.send("evt_4", at=SECOND + 80, before="incomplete", **second) is Outcome.IGNORED
    assert (stripe.row().status, stripe.row().stripeSubscriptionId) == ("ACTIVE", "sub_1")


def test_a_checkout_that_is_left_within_a_trial(stripe: Stripe) -> None:
    """A trial that Stripe knows nothing of: only what is paid takes its place."""
    stripe.world.run(Subscriptions(stripe.world.client, OURS).start_trial())
    assert stripe.send("evt_1", "created", status="incomplete") is Outcome.IGNORED
    expired = {"status": "incomplete_expired", "before": "incomplete"}
    assert stripe.send("evt_2", at=SECOND + 9, **expired) is Outcome.IGNORED
    assert (stripe.row().status, stripe.row().stripeSubscriptionId) == ("TRIAL", None)
    assert stripe.send("evt_3", "created", SECOND + 20, id="sub_2", status="incomplete") is Outcome.IGNORED
    assert stripe.send("evt_4", at=SECOND + 21, before="incomplete", id="sub_2") is Outcome.APPLIED
    assert (stripe.row().status, stripe.row().stripeSubscriptionId) == ("ACTIVE", "sub_2")


def test_a_checkout_that_is_paid_beside_the_one_that_runs(stripe: Stripe) -> None:
    stripe.send("evt_1")
    stripe.send("evt_2", "created", SECOND + 60, id="sub_2", status="incomplete")
    assert stripe.send("evt_3", at=SECOND + 90, before="incomplete", id="sub_2") is Outcome.APPLIED
    assert (stripe.row().status, stripe.row().stripeSubscriptionId) == ("ACTIVE", "sub_2")
    assert stripe.send("evt_4", "deleted", SECOND + 99, status="canceled") is Outcome.IGNORED
    assert stripe.row().status == "ACTIVE"


def test_another_customers(stripe: Stripe) -> None:
    stripe.world.run(Subscriptions(stripe.world.client, OURS).start_trial())
    stripe.world.run(Subscriptions(stripe.world.client, OURS).link_stripe(customer_id="cus_1"))
    assert stripe.send(customer="cus_2") is Outcome.IGNORED
    assert stripe.row().status == "TRIAL"
    assert stripe.send("evt_2") is Outcome.APPLIED


def test_other_events_are_nothing_to_it(stripe: Stripe) -> None:
    body = b'{"id": "evt_9", "type": "invoice.paid", "created": 1}'
    event = WEBHOOK.read(body, signed(body))
    assert stripe.world.run(stripe.service.apply(event)) is Outcome.IGNORED
    assert stripe.events() == 0


def test_whose_event_it_is(stripe: Stripe) -> None:
    run, client = stripe.world.run, stripe.world.client
    assert run(tenant_of(client, stripe.event())) is None
    named = stripe.event(metadata={"tenant_id": THEIRS})
    assert run(tenant_of(client, named)) == THEIRS
    stripe.send()
    assert run(tenant_of(client, named)) == OURS, "its customer is known"
