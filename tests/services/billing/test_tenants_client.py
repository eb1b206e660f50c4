"""The services on a tenant's own client, under row-level security: each sees its own, and numbers count over all."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kaven_schema.catalog.catalog import Catalog
from kaven_schema.client.tenant.metadata import read_catalog
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.row_level_security.doors import doors_of
from kaven_schema.database.row_level_security.proving import prove
from kaven_schema.database.row_level_security.roles import make_embedded_roles
from kaven_schema.database.row_level_security.script import write_script
from kaven_schema.database.row_level_security.tables import protection_of
from kaven_schema.services.access import transaction
from kaven_schema.services.billing import Invoices, Subscriptions, mark_overdue
from kaven_schema.services.billing.stripe import Outcome, StripeSubscriptions, StripeWebhook, tenant_of
from kaven_schema.services.money import Line
from kaven_schema.services.orders import Orders, OrderStatus
from kaven_schema.services.transitions import IllegalTransitionError, RowMissingError
from tests.database.servers import query
from tests.services.billing.stripe_world import NOW, SECRET, payload, signed
from tests.services.project import World
from tests.services.ruled import OURS, THEIRS, ruled

pytestmark = pytest.mark.xdist_group("postgres")

LINES = (Line(description="Ware", price=Decimal("19.90"), quantity=2),)


@pytest.fixture(scope="module")
def catalog(services_project: Path) -> Catalog:
    text = (services_project / "prisma" / "schema.prisma").read_text(encoding="utf-8")
    return read_catalog(text, "5.17")


@pytest.fixture(scope="module")
def protected(
    services_server: EmbeddedServer, services_package: ModuleType, catalog: Catalog
) -> Iterator[World]:
    make_embedded_roles(services_server)
    with ruled(services_server, services_package) as world:
        script = write_script(protection_of(catalog), doors_of(catalog, "public"), ())
        query(world.url(Role.OWNER), script)
        yield world


def tenant(world: World, tenant_id: str) -> Any:
    return importlib.import_module(f"{world.package.__name__}.tenant").tenant_client(world.client, tenant_id)


def test_numbers_count_over_tenants_that_do_not_see_each_other(protected: World) -> None:
    made = [
        protected.run(Invoices(tenant(protected, one), one, clock=lambda: NOW).create(LINES)).number
        for one in (OURS, THEIRS, OURS)
    ]
    assert made == ["INV-2025-001", "INV-2025-002", "INV-2025-003"]
    assert protected.run(tenant(protected, OURS).invoice.count()) == 2
    assert protected.run(protected.client.invoice.count()) == 0


def test_invoices(protected: World) -> None:
    ours = Invoices(tenant(protected, OURS), OURS)
    made = protected.run(ours.create(LINES))
    protected.run(ours.send(made.id))
    theirs = Invoices(tenant(protected, THEIRS), THEIRS)
    with pytest.raises(RowMissingError):
        protected.run(theirs.pay(made.id))
    with pytest.raises(RowMissingError):
        protected.run(Invoices(tenant(protected, THEIRS), OURS).pay(made.id))
    protected.run(ours.pay(made.id))
    with pytest.raises(IllegalTransitionError):
        protected.run(ours.pay(made.id))


def test_orders(protected: World) -> None:
    ours = Orders(tenant(protected, OURS), OURS)
    made = protected.run(ours.create(LINES))
    protected.run(ours.move(made.id, OrderStatus.PROCESSING, notes="packed"))

    async def within() -> None:
        async with transaction(ours.client) as inside:
            await Orders(inside, OURS).move(made.id, OrderStatus.SHIPPED)

    protected.run(within())
    rows = protected.run(ours.history(made.id))
    assert [(row.status, row.notes) for row in rows] == [
        ("PENDING", None),
        ("PROCESSING", "packed"),
        ("SHIPPED", None),
    ]
    with pytest.raises(RowMissingError):
        protected.run(Orders(tenant(protected, THEIRS), THEIRS).move(made.id, OrderStatus.DELIVERED))


def test_many_at_once(protected: World) -> None:
    async def all_at_once() -> list[str]:
        services = [Orders(tenant(protected, one), one, clock=lambda: NOW) for one in (OURS, THEIRS)]
        made = await asyncio.gather(*(services[place % 2].create(LINES) for place in range(40)))
        return sorted(order.number for order in made)

    assert protected.run(all_at_once()) == [f"ORD-2025-{count:03}" for count in range(1, 41)]


def test_stripe(protected: World) -> None:
    """Without a tenant no subscription is seen: the metadata tells whose the event is."""
    body = payload(metadata={"tenant_id": OURS})
    event = StripeWebhook((SECRET,), clock=lambda: NOW).read(body, signed(body))
    whose = protected.run(tenant_of(protected.client, event))
    assert whose == OURS
    service = StripeSubscriptions(tenant(protected, OURS), OURS)
    assert protected.run(service.apply(event)) is Outcome.APPLIED
    assert protected.run(service.apply(event)) is Outcome.DUPLICATE
    subscriptions = Subscriptions(tenant(protected, OURS), OURS)
    assert protected.run(subscriptions.find()).status == "ACTIVE"
    protected.run(subscriptions.cancel_at_period_end())
    with pytest.raises(RowMissingError):
        protected.run(Subscriptions(tenant(protected, THEIRS), THEIRS).find())


def test_a_job_for_one_tenant(protected: World) -> None:
    ours = Invoices(tenant(protected, OURS), OURS, clock=lambda: NOW)
    protected.run(ours.send(protected.run(ours.create(LINES)).id))
    assert protected.run(mark_overdue(tenant(protected, THEIRS))) == 0
    assert protected.run(mark_overdue(tenant(protected, OURS))) == 1


def test_row_level_security_is_proved_beside_the_rules(protected: World, catalog: Catalog) -> None:
    proof = prove(protected.url(Role.OWNER), catalog)
    assert proof.holds, [*proof.lines()]
