"""Invoices in PostgreSQL, through the generated client."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.services.billing import INVOICE_STATUSES, Invoices, InvoiceStatus, Subscriptions
from kaven_schema.services.money import Line, MoneyError, MoneyProblem, percentage
from kaven_schema.services.numbering import NumberingMissingError, parse_number
from kaven_schema.services.transitions import IllegalTransitionError, RowMissingError
from tests.database.servers import query
from tests.services.project import World, race
from tests.services.ruled import OURS, THEIRS

pytestmark = pytest.mark.xdist_group("postgres")

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
PLAN = Line(description="Pro plan", price=Decimal("99.90"))
SEATS = Line(description="Seats", price=Decimal("10.05"), quantity=3)


def clock() -> datetime:
    return NOW


@pytest.fixture
def invoices(ruled_world: World) -> Invoices:
    return Invoices(ruled_world.client, OURS, clock=clock)


def create(world: World, invoices: Invoices, **options: Any) -> Any:
    return world.run(invoices.create([PLAN], **options))


def row(world: World, invoice_id: str) -> Any:
    return world.run(
        world.client.invoice.find_unique_or_raise(where={"id": invoice_id}, include={"items": True})
    )


def test_created(ruled_world: World, invoices: Invoices) -> None:
    tax = percentage(Decimal("130.05"), Decimal("7.5"), "BRL")
    made = ruled_world.run(invoices.create([PLAN, SEATS], tax=tax, discount=Decimal(5)))
    stored = row(ruled_world, made.id)
    assert (stored.tenantId, stored.status, stored.currency) == (OURS, "DRAFT", "BRL")
    assert (stored.subtotal, stored.tax, stored.discount) == (Decimal("130.05"), Decimal("9.75"), 5)
    assert stored.total == Decimal("134.80")
    assert sum(item.total for item in stored.items) == stored.subtotal
    assert stored.dueDate == NOW + timedelta(days=15)
    assert parse_number(stored.number)
    assert stored.number.startswith("INV-2025-")


def test_currency_and_due_date(ruled_world: World, invoices: Invoices) -> None:
    due = NOW + timedelta(days=3)
    made = ruled_world.run(
        invoices.create(
            [Line(description="円", price=Decimal(500))], currency="JPY", due=due, customer_id="customer"
        )
    )
    assert (made.currency, made.total, made.dueDate, made.customerId) == ("JPY", 500, due, "customer")


def test_the_year_is_that_of_the_zone(ruled_world: World) -> None:
    sao_paulo = timezone(timedelta(hours=-3))
    new_year = Invoices(
        ruled_world.client, OURS, clock=lambda: datetime(2022, 1, 1, 1, tzinfo=UTC), zone=sao_paulo
    )
    assert ruled_world.run(new_year.create([PLAN])).number == "INV-2021-001"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"discount": Decimal("99.91")}, MoneyProblem.NEGATIVE),
        ({"tax": Decimal("0.001")}, MoneyProblem.TOO_FINE),
        ({"tax": Decimal(-1)}, MoneyProblem.NEGATIVE),
        ({"currency": "JPY"}, MoneyProblem.TOO_FINE),
        ({"currency": "XXX"}, MoneyProblem.CURRENCY),
        ({"tax": Decimal("99999999.99")}, MoneyProblem.TOO_LARGE),
    ],
)
def test_refused_amounts_take_no_number(
    ruled_world: World, invoices: Invoices, options: dict[str, Any], problem: MoneyProblem
) -> None:
    before = parse_number(create(ruled_world, invoices).number)
    with pytest.raises(MoneyError) as error:
        create(ruled_world, invoices, **options)
    after = parse_number(create(ruled_world, invoices).number)
    assert error.value.problem is problem
    assert before
    assert after
    assert after.count == before.count + 1


def test_the_database_adds_up_too(ruled_world: World, invoices: Invoices) -> None:
    made = create(ruled_world, invoices)
    for sql in (
        f"UPDATE invoices SET total = total + 1 WHERE id = '{made.id}'",
        f"UPDATE invoices SET currency = 'reais' WHERE id = '{made.id}'",
    ):
        with pytest.raises(psycopg.errors.CheckViolation):
            query(ruled_world.url(), sql)


def test_statuses(ruled_world: World, invoices: Invoices) -> None:
    made = create(ruled_world, invoices)
    ruled_world.run(invoices.send(made.id))
    ruled_world.run(invoices.pay(made.id))
    stored = row(ruled_world, made.id)
    assert (stored.status, stored.paidAt) == ("PAID", NOW)
    for step in (invoices.send, invoices.pay, invoices.cancel):
        with pytest.raises(IllegalTransitionError, match="nothing comes after PAID"):
            ruled_world.run(step(made.id))


def test_a_draft_is_not_paid(ruled_world: World, invoices: Invoices) -> None:
    made = create(ruled_world, invoices)
    with pytest.raises(IllegalTransitionError) as error:
        ruled_world.run(invoices.pay(made.id))
    assert (error.value.what, error.value.old, error.value.new) == ("invoice", "DRAFT", "PAID")
    assert "CANCELED, SENT" in str(error.value)
    ruled_world.run(invoices.cancel(made.id))
    assert row(ruled_world, made.id).status == "CANCELED"


def test_every_status_of_the_schema_has_its_transitions(ruled_world: World) -> None:
    enum = ruled_world.package.enums.InvoiceStatus
    assert {one.value for one in enum} == set(INVOICE_STATUSES.following) == set(InvoiceStatus)


def test_of_eight_payments_at_once_one_counts(ruled_world: World, invoices: Invoices) -> None:
    made = create(ruled_world, invoices)
    ruled_world.run(invoices.send(made.id))
    results = ruled_world.run(race(lambda: invoices.pay(made.id)))
    assert sorted(type(result).__name__ for result in results) == ["IllegalTransitionError"] * 7 + [
        "NoneType"
    ]


def test_paid_or_canceled_never_both(ruled_world: World, invoices: Invoices) -> None:
    made = create(ruled_world, invoices)
    ruled_world.run(invoices.send(made.id))

    async def both() -> list[BaseException | None]:
        steps = (invoices.pay(made.id), invoices.cancel(made.id))
        return list(await asyncio.gather(*steps, return_exceptions=True))

    assert sum(result is None for result in ruled_world.run(both())) == 1


def test_another_tenants(ruled_world: World, invoices: Invoices) -> None:
    made = create(ruled_world, invoices)
    theirs = Invoices(ruled_world.client, THEIRS)
    for step in (theirs.find, theirs.send, theirs.pay, theirs.cancel):
        with pytest.raises(RowMissingError):
            ruled_world.run(step(made.id))
    assert row(ruled_world, made.id).status == "DRAFT"


def test_another_tenants_subscription(ruled_world: World, invoices: Invoices) -> None:
    """Also with the client that sees every tenant's rows."""
    ours, theirs = (
        ruled_world.run(Subscriptions(ruled_world.client, tenant).start_trial()).id
        for tenant in (OURS, THEIRS)
    )
    before = ruled_world.run(ruled_world.client.invoice.count())
    for missing in (theirs, "nobody's"):
        with pytest.raises(RowMissingError, match="no subscription"):
            create(ruled_world, invoices, subscription_id=missing)
    assert ruled_world.run(ruled_world.client.invoice.count()) == before
    made = create(ruled_world, invoices, subscription_id=ours)
    assert row(ruled_world, made.id).subscriptionId == ours


def test_within_the_callers_transaction(ruled_world: World, invoices: Invoices) -> None:
    async def undone() -> str:
        transaction = ruled_world.client.tx()
        inside = await transaction.start()
        made = await Invoices(inside, OURS).create([PLAN])
        await transaction.rollback()
        return made.id

    with pytest.raises(RowMissingError):
        ruled_world.run(invoices.find(ruled_world.run(undone())))


def test_without_the_migration(own_world: World) -> None:
    tenant = own_world.run(own_world.client.tenant.create(data={"name": "T", "slug": "t"})).id
    with pytest.raises(NumberingMissingError):
        own_world.run(Invoices(own_world.client, tenant).create([PLAN]))
    assert query(own_world.url(Role.OWNER), "SELECT number FROM invoices") == []
