"""Numbers under row-level security: what one tenant gives neither stops nor spoils the series of all."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.services.access import transaction
from tests.database.servers import query
from tests.services.project import World
from tests.services.ruled import OURS, THEIRS

pytestmark = pytest.mark.xdist_group("postgres")

_YEARS = count(2030)
Create = Callable[..., str]


@pytest.fixture(scope="module")
def tenants(guarded_world: World, super_admin: Any) -> dict[str, Any]:
    """The clients of both."""
    rows = [{"id": identity, "name": identity, "slug": identity} for identity in (OURS, THEIRS)]
    guarded_world.run(super_admin.tenant.create_many(data=rows))
    module = importlib.import_module(f"{guarded_world.package.__name__}.tenant")
    return {one: module.tenant_client(guarded_world.client, one) for one in (OURS, THEIRS)}


@pytest.fixture
def series() -> str:
    """One of the test's own."""
    return f"INV-{next(_YEARS)}"


@pytest.fixture
def create(guarded_world: World, tenants: dict[str, Any]) -> Create:
    def create(number: str, tenant: str = THEIRS, **fields: Any) -> str:
        data = {"number": number, "subtotal": 1, "total": 1, **fields}
        return str(guarded_world.run(tenants[tenant].invoice.create(data=data)).number)

    return create


@pytest.mark.parametrize("given", ["999999999", "999999999999999", "1000000000000001", "0" * 40 + "9"])
def test_far_ahead(create: Create, series: str, given: str) -> None:
    """Kept as it was given, for the tenant's own old invoices; the others go on."""
    assert create(series) == f"{series}-001"
    assert create(f"{series}-{given}", OURS) == f"{series}-{given}"
    assert [create(series) for _ in range(3)] == [f"{series}-002", f"{series}-003", f"{series}-004"]
    assert create(series, OURS) == f"{series}-005"


def test_passed_over_when_its_turn_comes(create: Create, series: str) -> None:
    """Also what was given before the series began."""
    for number in ("001", "003", "004", "0006", "007"):
        create(f"{series}-{number}", OURS)
    assert [create(series) for _ in range(4)] == [
        f"{series}-002",
        f"{series}-005",
        f"{series}-006",
        f"{series}-008",
    ]


def test_given_but_not_yet_committed(guarded_world: World, tenants: dict[str, Any], series: str) -> None:
    """It is waited for: another tenant's insert does not fail for it."""
    data = {"subtotal": 1, "total": 1}

    async def main() -> str:
        async with transaction(tenants[OURS]) as inside:
            await inside.invoice.create(data={**data, "number": f"{series}-001"})
            other = asyncio.ensure_future(tenants[THEIRS].invoice.create(data={**data, "number": series}))
            await asyncio.sleep(0.05)
        return str((await other).number)

    assert guarded_world.run(main()) == f"{series}-002"


def test_many_in_the_way(guarded_world: World, create: Create, series: str) -> None:
    query(
        guarded_world.url(),
        f"SET app.tenant_id = '{OURS}'; INSERT INTO invoices (id, tenant_id, number, subtotal, total, updated_at)"
        f" SELECT gen_random_uuid(), '{OURS}', '{series}-' || lpad(n::text, greatest(3, length(n::text)), '0'),"
        " 1, 1, now() FROM generate_series(1500, 2, -1) AS n",
    )
    assert [create(series) for _ in range(3)] == [f"{series}-001", f"{series}-1501", f"{series}-1502"]


def test_a_number_changed_to_one_far_ahead(
    guarded_world: World, tenants: dict[str, Any], create: Create, series: str
) -> None:
    first = create(series, OURS)
    changed = tenants[OURS].invoice.update(where={"number": first}, data={"number": f"{series}-500000"})
    assert guarded_world.run(changed).number == f"{series}-500000"
    assert create(series) == f"{series}-002"


@pytest.mark.parametrize("importer", ["super admin", "owner", "owner as super admin", "owner as app"])
def test_who_imports_for_all(
    guarded_world: World, super_admin: Any, create: Create, series: str, importer: str
) -> None:
    """The owner and members of kaven_super_admin move the series on; who has put the role off again does not."""
    create(series)
    if importer == "super admin":
        data = {"tenantId": OURS, "number": f"{series}-4711", "subtotal": 1, "total": 1}
        guarded_world.run(super_admin.invoice.create(data=data))
    else:
        role = {"owner as super admin": "kaven_super_admin", "owner as app": "kaven_app"}.get(
            importer, "NONE"
        )
        query(
            guarded_world.url(Role.OWNER),
            f"SET ROLE {role}; SET app.tenant_id = '{OURS}';"
            " INSERT INTO invoices (id, tenant_id, number, subtotal, total, updated_at)"
            f" VALUES ('{importer} {series}', '{OURS}', '{series}-4711', 1, 1, now())",
        )
    assert create(series) == (f"{series}-002" if importer == "owner as app" else f"{series}-4712")


def test_sent_again_takes_no_number(
    guarded_world: World, tenants: dict[str, Any], create: Create, series: str
) -> None:
    """Nor does it take one from another tenant."""
    data = [{"id": series, "number": series, "subtotal": 1, "total": 1}]
    again = [
        guarded_world.run(tenants[OURS].invoice.create_many(data=data, skip_duplicates=True))
        for _ in range(3)
    ]
    assert again == [1, 0, 0]
    with pytest.raises(guarded_world.package.errors.PrismaError):
        create(series, THEIRS, id=series)
    assert create(series) == f"{series}-002"
