"""What is sent again, because the answer to the first time was lost, takes no number."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

import psycopg
import pytest

from kaven_schema.database.embedded import Role
from tests.database.servers import query
from tests.services.project import World
from tests.services.ruled import OURS, invoice

pytestmark = pytest.mark.xdist_group("postgres")

_YEARS = count(2030)


@pytest.fixture
def series() -> str:
    """One of the test's own."""
    return f"INV-{next(_YEARS)}"


def create(world: World, series: str, **fields: Any) -> str:
    return str(world.run(world.client.invoice.create(data=invoice(series, **fields))).number)


def test_without_duplicates(ruled_world: World, series: str) -> None:
    """Rows that are dropped, beside others of the same statement, and twice in one."""
    client, run = ruled_world.client, ruled_world.run
    rows = [{"id": f"{series}{letter}", **invoice(series)} for letter in "aab"]
    assert run(client.invoice.create_many(data=rows, skip_duplicates=True)) == 2
    rows += [{"id": f"{series}c", **invoice(series)}]
    assert run(client.invoice.create_many(data=rows, skip_duplicates=True)) == 1
    with pytest.raises(ruled_world.package.errors.UniqueViolationError):
        create(ruled_world, series, id=f"{series}a")
    found = run(client.invoice.find_many(where={"id": {"startswith": series}}, order={"id": "asc"}))
    assert [row.number for row in found] == [f"{series}-001", f"{series}-002", f"{series}-003"]
    assert create(ruled_world, series) == f"{series}-004"


def test_upsert(ruled_world: World, series: str) -> None:
    new = {"create": {"id": series, **invoice(series)}, "update": {"currency": "USD"}}
    made = [
        ruled_world.run(ruled_world.client.invoice.upsert(where={"id": series}, data=new)) for _ in range(3)
    ]
    assert [(row.number, row.currency) for row in made[1:]] == [(f"{series}-001", "USD")] * 2
    assert create(ruled_world, series) == f"{series}-002"


def test_over_all_columns(ruled_world: World, series: str) -> None:
    """The row keeps its number."""
    sql = (
        "INSERT INTO invoices (id, tenant_id, number, subtotal, total, updated_at)"
        f" VALUES ('{series}', '{OURS}', '{series}', 1, 1, now())"
        " ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number RETURNING number"
    )
    assert [query(ruled_world.url(), sql) for _ in range(3)] == [[(f"{series}-001",)]] * 3
    assert create(ruled_world, series) == f"{series}-002"


def test_eight_times_at_once(ruled_world: World, series: str) -> None:
    """Those that wait for the series look again once they have it."""

    async def one(letter: str) -> int:
        row = {"id": f"{series}{letter}", **invoice(series)}
        return int(await ruled_world.client.invoice.create_many(data=[row], skip_duplicates=True))

    async def all_at_once() -> list[int]:
        return await asyncio.gather(*(one(letter) for letter in "abc" * 8))

    assert sum(ruled_world.run(all_at_once())) == 3
    assert create(ruled_world, series) == f"{series}-004"


def test_names_are_looked_up_as_before(ruled_world: World, series: str) -> None:
    """What the trigger sets for itself ends with it."""
    with psycopg.connect(ruled_world.url().conninfo(), password=ruled_world.url().password) as connection:
        before = connection.execute("SHOW search_path").fetchone()
        connection.execute(
            "INSERT INTO invoices (id, tenant_id, number, subtotal, total, updated_at)"
            " VALUES (%s, %s, %s, 1, 1, now())",
            [series, OURS, series],
        )
        assert connection.execute("SHOW search_path").fetchone() == before


def test_a_table_of_the_developers_whose_key_is_of_two(ruled_world: World) -> None:
    query(
        ruled_world.url(Role.OWNER),
        'CREATE TABLE "Slips" ("the Shop" int, code text, number text UNIQUE, PRIMARY KEY ("the Shop", code));'
        ' CREATE TRIGGER kaven_number BEFORE INSERT OR UPDATE OF number ON "Slips"'
        " FOR EACH ROW EXECUTE FUNCTION kaven_number()",
    )
    for shop in (1, 1, 2, 2, 3):
        query(
            ruled_world.url(),
            f"INSERT INTO \"Slips\" VALUES ({shop}, 'a', 'SLIP-2025') ON CONFLICT DO NOTHING",
        )
    found = query(ruled_world.url(), 'SELECT "the Shop", number FROM "Slips" ORDER BY 1')
    assert found == [(1, "SLIP-2025-001"), (2, "SLIP-2025-002"), (3, "SLIP-2025-003")]
