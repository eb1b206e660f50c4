"""Two tenants with the same shapes of data, and requests of which every other names a row of the other's."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.examples.serving import ORDER, Served, Tenant, at_once

pytestmark = pytest.mark.xdist_group("example")
LINES = {"lines": [{"description": "Seats", "price": "9.99", "quantity": 3}]}


@dataclass(slots=True)
class Side:
    """A tenant, and the ids of what is its own."""

    tenant: Tenant
    ids: dict[str, list[str]] = field(default_factory=lambda: {"orders": [], "invoices": [], "tickets": []})

    def grow(self) -> None:
        bodies = {"orders": ORDER, "invoices": LINES, "tickets": {"subject": self.tenant.slug}}
        for kind, body in bodies.items():
            made = self.tenant.admin.browser.work("POST", f"/{kind}", body)
            assert made.status == 201, made
            self.ids[kind].append(made["id"])


def changes(kind: str, theirs: str, choose: random.Random) -> tuple[str, object]:
    """A method and a body that would do something to a row, were it one's own."""
    bodies: dict[str, list[tuple[str, object]]] = {
        "orders": [("GET", None), ("PATCH", {"status": "PROCESSING"}), ("DELETE", None)],
        "invoices": [("GET", None), ("PATCH", {"step": "send"}), ("PATCH", {"step": "cancel"})],
        "tickets": [("PATCH", {"assignee_id": theirs}), ("DELETE", None)],
    }
    return choose.choice(bodies[kind])


@pytest.mark.parametrize("steps", [30, pytest.param(3000, marks=pytest.mark.long)], ids=["short", "long"])
def test_not_one_row_crosses(served: Served, steps: int) -> None:
    choose = random.Random(20261122)
    sides = Side(served.tenant()), Side(served.tenant())
    for side in sides:
        side.grow()
    for _ in range(steps):
        ours, theirs = choose.sample(sides, 2)
        browser, kind = ours.tenant.admin.browser, choose.choice(list(ours.ids))
        match choose.randrange(4):
            case 0:
                ours.grow()
            case 1:
                method, body = changes(kind, theirs.tenant.admin.id, choose)
                row = choose.choice(theirs.ids[kind])
                assert browser.work(method, f"/{kind}/{row}", body).status == 404
            case 2:
                listed = {str(row["id"]) for row in browser.work("GET", f"/{kind}").rows()}
                assert listed <= set(ours.ids[kind])
            case 3:
                form = {"subject": "?", "assignee_id": theirs.tenant.admin.id}
                assert browser.work("POST", "/tickets", form).status == 404
    assert owned(served, sides) == {(side.tenant.id, row) for side in sides for row in all_of(side)}


def all_of(side: Side) -> list[str]:
    return [row for rows in side.ids.values() for row in rows]


def owned(served: Served, sides: tuple[Side, Side]) -> set[tuple[object, ...]]:
    tenants = ", ".join(f"'{side.tenant.id}'" for side in sides)
    parts = (
        f"SELECT tenant_id, id FROM {table} WHERE tenant_id IN ({tenants})"
        for table in ("orders", "invoices", "tickets")
    )
    return set(served.sql(" UNION ALL ".join(parts)))


@pytest.mark.long
def test_two_hundred_at_once(served: Served) -> None:
    """Of two tenants: no number twice, none left out."""
    sides = served.tenant(), served.tenant()
    (before,) = served.sql("SELECT coalesce(max(last), 0) FROM number_sequences WHERE series LIKE 'ORD-%'")
    assert isinstance(before[0], int)

    def create(tenant: Tenant) -> Callable[[], str]:
        return lambda: tenant.admin.browser.work("POST", "/orders", ORDER)["number"]

    found: list[str] = []
    for tenant in sides * 5:
        found += at_once(create(tenant), 20)
    numbers = sorted(int(number.rpartition("-")[2]) for number in found)
    assert numbers == list(range(before[0] + 1, before[0] + 201))
