"""The subscription of a tenant, and what time does to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaven_schema.services.billing import (
    SUBSCRIPTION_STATUSES,
    Invoices,
    Subscriptions,
    SubscriptionStatus,
    end_periods,
    end_trials,
    mark_overdue,
)
from kaven_schema.services.transitions import IllegalTransitionError, RowMissingError
from tests.services.billing.test_invoices import PLAN
from tests.services.project import World, race
from tests.services.ruled import OURS, THEIRS

pytestmark = pytest.mark.xdist_group("postgres")

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
DAY, MONTH = timedelta(days=1), timedelta(days=30)


class Place:
    """The subscription of one tenant, at a time that the test sets."""

    def __init__(self, world: World, tenant: str = OURS) -> None:
        self.world = world
        self.now = NOW
        self.service = Subscriptions(world.client, tenant, clock=self.clock)

    def clock(self) -> datetime:
        return self.now

    def row(self) -> Any:
        return self.world.run(self.service.find())

    def run(self, *steps: Any) -> None:
        for step in steps:
            self.world.run(step)


@pytest.fixture
def place(own_ruled_world: World) -> Place:
    return Place(own_ruled_world)


@pytest.fixture
def active(place: Place) -> Place:
    place.run(place.service.start_trial(), place.service.activate(NOW, NOW + MONTH))
    return place


def test_trial_then_active(place: Place) -> None:
    place.run(place.service.start_trial())
    assert (place.row().status, place.row().trialEnd) == ("TRIAL", NOW + MONTH)
    place.run(place.service.activate(NOW, NOW + MONTH))
    assert (place.row().status, place.row().currentPeriodEnd) == ("ACTIVE", NOW + MONTH)
    place.run(place.service.renew(NOW + MONTH, NOW + 2 * MONTH))
    assert place.row().currentPeriodEnd == NOW + 2 * MONTH


def test_payment_fails(active: Place) -> None:
    active.run(active.service.payment_failed())
    assert active.row().status == "PAST_DUE"
    with pytest.raises(IllegalTransitionError):
        active.run(active.service.payment_failed())
    active.run(active.service.payment_failed(for_good=True))
    assert active.row().status == "UNPAID"
    with pytest.raises(IllegalTransitionError, match="after UNPAID may come ACTIVE, CANCELED"):
        active.run(active.service.payment_failed())
    active.run(active.service.activate(NOW, NOW + MONTH))


def test_whoever_comes_back_takes_up_the_row(active: Place) -> None:
    active.run(active.service.cancel())
    assert (active.row().status, active.row().canceledAt) == ("CANCELED", NOW)
    for step in (active.service.cancel, active.service.cancel_at_period_end, active.service.resume):
        with pytest.raises(IllegalTransitionError):
            active.run(step())
    active.run(active.service.activate(NOW, NOW + MONTH))
    assert (active.row().status, active.row().canceledAt) == ("ACTIVE", None)


def test_canceled_at_the_end_of_the_period(active: Place) -> None:
    world = active.world
    active.run(active.service.cancel_at_period_end())
    with pytest.raises(IllegalTransitionError):
        active.run(active.service.renew(NOW, NOW + MONTH))
    active.now = NOW + MONTH - DAY
    assert world.run(end_periods(world.client, clock=active.clock)) == 0
    assert active.row().status == "ACTIVE"
    active.now = NOW + MONTH
    assert world.run(end_periods(world.client, clock=active.clock)) == 1
    assert (active.row().status, active.row().canceledAt) == ("CANCELED", active.now)
    assert world.run(end_periods(world.client, clock=active.clock)) == 0


def test_taken_back(active: Place) -> None:
    active.run(active.service.cancel_at_period_end(), active.service.resume())
    active.now = NOW + 2 * MONTH
    assert active.world.run(end_periods(active.world.client, clock=active.clock)) == 0


def test_trials_end(place: Place) -> None:
    world = place.world
    theirs = Place(world, THEIRS)
    place.run(
        place.service.start_trial(), theirs.service.start_trial(), theirs.service.cancel_at_period_end()
    )
    assert world.run(end_trials(world.client, clock=place.clock)) == 0
    place.now = NOW + MONTH
    assert world.run(end_trials(world.client, clock=place.clock)) == 2
    assert (place.row().status, theirs.row().status) == ("PAST_DUE", "CANCELED")


def test_trials_end_in_another_status(place: Place) -> None:
    place.run(place.service.start_trial(DAY))
    place.now = NOW + DAY
    job = end_trials(place.world.client, then=SubscriptionStatus.CANCELED, clock=place.clock)
    assert place.world.run(job) == 1
    assert (place.row().status, place.row().canceledAt) == ("CANCELED", place.now)
    with pytest.raises(IllegalTransitionError):
        place.world.run(end_trials(place.world.client, then=SubscriptionStatus.TRIAL))


def test_stripe_ends_its_own(active: Place) -> None:
    world = active.world
    active.run(active.service.cancel_at_period_end())
    data = {"stripeSubscriptionId": "sub_1"}
    world.run(world.client.subscription.update(where={"tenantId": OURS}, data=data))
    active.now = NOW + 2 * MONTH
    assert world.run(end_periods(world.client, clock=active.clock)) == 0
    assert world.run(end_trials(world.client, clock=active.clock)) == 0


def test_stripe_ids(active: Place) -> None:
    active.run(active.service.link_stripe(customer_id="cus_1", price_id="price_1"))
    active.run(active.service.link_stripe(customer_id="cus_1"))
    assert (active.row().stripeCustomerId, active.row().stripePriceId) == ("cus_1", "price_1")
    with pytest.raises(RowMissingError):
        active.run(Subscriptions(active.world.client, THEIRS).link_stripe(customer_id="cus_2"))


def test_of_eight_at_once_one_cancels(active: Place) -> None:
    results = active.world.run(race(active.service.cancel))
    assert sum(result is None for result in results) == 1


def test_every_status_of_the_schema_has_its_transitions(place: Place) -> None:
    enum = place.world.package.enums.SubscriptionStatus
    assert {one.value for one in enum} == set(SUBSCRIPTION_STATUSES.following) == set(SubscriptionStatus)


def test_overdue_in_batches(place: Place) -> None:
    world = place.world
    made = []
    for tenant in (OURS, THEIRS, OURS, THEIRS, OURS):
        invoices = Invoices(world.client, tenant, clock=place.clock)
        made.append(world.run(invoices.create([PLAN])))
        world.run(invoices.send(made[-1].id))
    ours = Invoices(world.client, OURS, clock=place.clock)
    world.run(ours.create([PLAN]))  # a draft
    world.run(ours.pay(made[0].id))
    place.now = NOW + timedelta(days=15)
    assert world.run(mark_overdue(world.client, clock=place.clock)) == 0, "it is due today"
    place.now += DAY
    assert world.run(mark_overdue(world.client, batch=2, clock=place.clock)) == 4
    assert world.run(mark_overdue(world.client, batch=2, clock=place.clock)) == 0
    assert world.run(world.client.invoice.count(where={"status": "OVERDUE"})) == 4
    world.run(ours.pay(made[2].id))


def test_two_runs_at_once_count_each_once(place: Place) -> None:
    world = place.world
    invoices = Invoices(world.client, OURS, clock=place.clock)
    for _ in range(20):
        world.run(invoices.send(world.run(invoices.create([PLAN])).id))
    place.now += MONTH
    counted = world.run(race(lambda: mark_overdue(world.client, batch=3, clock=place.clock), 3))
    assert world.run(world.client.invoice.count(where={"status": "OVERDUE"})) == 20
    assert sum(counted) == 20


def test_refusals_say_why(active: Place) -> None:
    active.run(active.service.cancel_at_period_end())
    with pytest.raises(IllegalTransitionError, match=r"no subscription goes from its end to a next period$"):
        active.run(active.service.renew(NOW, NOW + MONTH))
    active.run(active.service.cancel())
    with pytest.raises(IllegalTransitionError, match=r"from CANCELED to another end$"):
        active.run(active.service.resume())
