"""Numbers as PostgreSQL gives them, through the generated client, as the application's role."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress

import psycopg
import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.services.access import transaction
from kaven_schema.services.numbering import parse_number
from tests.database.servers import query
from tests.services.project import World
from tests.services.ruled import OURS, THEIRS, apply_rules, invoice

pytestmark = pytest.mark.xdist_group("postgres")


class _UndoneError(Exception):
    """Rolls a transaction back."""


def create(world: World, number: str = "INV-2025", tenant: str = OURS) -> str:
    return str(world.run(world.client.invoice.create(data=invoice(number, tenant))).number)


def counts(numbers: Sequence[str]) -> list[int]:
    found = [parse_number(number) for number in numbers]
    return sorted(number.count for number in found if number)


def test_one_series_for_each_kind_and_year_over_all_tenants(own_ruled_world: World) -> None:
    world = own_ruled_world
    assert [create(world, tenant=tenant) for tenant in (OURS, THEIRS, OURS)] == [
        "INV-2025-001",
        "INV-2025-002",
        "INV-2025-003",
    ]
    assert create(world, "INV-2026") == "INV-2026-001"
    order = {"tenantId": OURS, "number": "ORD-2025", "subtotal": 0, "total": 0}
    assert world.run(world.client.order.create(data=order)).number == "ORD-2025-001"


def test_after_999_comes_1000(own_ruled_world: World) -> None:
    create(own_ruled_world, "INV-2025-998")
    assert [create(own_ruled_world) for _ in range(3)] == ["INV-2025-999", "INV-2025-1000", "INV-2025-1001"]


def test_goes_on_from_what_there_is(own_world: World) -> None:
    """Numbers of before the migration, short and long ones, and what is no number."""
    tenant = own_world.run(own_world.client.tenant.create(data={"name": "T", "slug": "t"})).id
    for number in ("INV-2025-7", "INV-2025-041", "INV-2024-1234", "INV-2025-x", "legacy", "XINV-2025-99"):
        own_world.run(own_world.client.invoice.create(data=invoice(number, tenant)))
    apply_rules(own_world)
    assert create(own_world, "INV-2025", tenant) == "INV-2025-042"
    assert create(own_world, "INV-2024", tenant) == "INV-2024-1235"
    assert create(own_world, "XINV-2025", tenant) == "XINV-2025-100"


def test_given_numbers_move_the_series_on(own_ruled_world: World) -> None:
    world = own_ruled_world
    assert create(world, "INV-2025-010") == "INV-2025-010"
    assert create(world, "INV-2025-005") == "INV-2025-005"
    assert create(world) == "INV-2025-011"
    where = {"number": "INV-2025-011"}
    world.run(world.client.invoice.update(where=where, data={"number": "INV-2025-020"}))
    assert create(world) == "INV-2025-021"
    assert create(world, "of our own") == "of our own"


def test_200_at_once(own_ruled_world: World) -> None:
    """Every seventh is rolled back, some after others waited for them: no gap, no duplicate."""
    world, randomness = own_ruled_world, random.Random(5)

    async def one(place: int) -> str | None:
        data = invoice("INV-2025", (OURS, THEIRS)[place % 2])
        if place % 7:
            return str((await world.client.invoice.create(data=data)).number)
        with suppress(_UndoneError):
            async with transaction(world.client) as inside:
                await inside.invoice.create(data=data)
                await asyncio.sleep(randomness.random() / 50)
                raise _UndoneError
        return None

    async def all_at_once() -> list[str | None]:
        return await asyncio.gather(*(one(place) for place in range(200)))

    made = [number for number in world.run(all_at_once()) if number]
    assert len(made) == 171
    assert counts(made) == list(range(1, 172))
    stored = query(world.url(Role.OWNER), "SELECT number FROM invoices")
    assert sorted(made) == sorted(str(number) for (number,) in stored)


def test_over_connections_of_their_own(own_ruled_world: World) -> None:
    """Without the engine's pool between them: 40 open transactions wait for each other."""
    world = own_ruled_world
    url = world.url()
    sql = (
        "INSERT INTO invoices (id, tenant_id, number, subtotal, total, updated_at)"
        " VALUES (gen_random_uuid(), %s, 'INV-2030', 1, 1, now()) RETURNING number"
    )

    async def one(place: int) -> str | None:
        async with await psycopg.AsyncConnection.connect(url.conninfo(), password=url.password) as connection:
            found = await (await connection.execute(sql, [OURS])).fetchone()
            if place % 5 == 0:
                await connection.rollback()
                return None
        assert found
        return str(found[0])

    async def all_at_once() -> list[str | None]:
        return await asyncio.gather(*(one(place) for place in range(40)))

    made = [number for number in world.run(all_at_once()) if number]
    assert counts(made) == list(range(1, 33))


def test_rolled_back_leaves_no_hole(own_ruled_world: World) -> None:
    world = own_ruled_world

    async def undone() -> str:
        with suppress(_UndoneError):
            async with transaction(world.client) as inside:
                number = (await inside.invoice.create(data=invoice("INV-2025"))).number
                raise _UndoneError
        return str(number)

    assert create(world) == "INV-2025-001"
    assert world.run(undone()) == "INV-2025-002"
    assert create(world) == "INV-2025-002"


def test_the_application_moves_no_series(own_ruled_world: World) -> None:
    world = own_ruled_world
    create(world)
    for sql in (
        "UPDATE number_sequences SET last = 41",
        "DELETE FROM number_sequences",
        "INSERT INTO number_sequences (id, series, last) VALUES ('x', 'INV-2031', 5)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query(world.url(), sql)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(world.url(), "TRUNCATE number_sequences")
    assert create(world) == "INV-2025-002"


def test_nobody_numbers_a_table_of_their_own_through_it(own_ruled_world: World) -> None:
    """The function writes as its owner: a trigger on a temporary table would lead it to another number_sequences."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="kaven_number"):
        query(
            own_ruled_world.url(),
            "CREATE TEMP TABLE t (number text);"
            " CREATE TRIGGER t BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION kaven_number()",
        )


def test_a_table_of_the_developers(own_ruled_world: World) -> None:
    query(
        own_ruled_world.url(Role.OWNER),
        "CREATE TABLE credit_notes (number text PRIMARY KEY);"
        " CREATE TRIGGER kaven_number BEFORE INSERT OR UPDATE OF number ON credit_notes"
        " FOR EACH ROW EXECUTE FUNCTION kaven_number()",
    )
    sql = "INSERT INTO credit_notes VALUES ('CRN-2025') RETURNING number"
    assert [query(own_ruled_world.url(), sql)[0][0] for _ in range(2)] == ["CRN-2025-001", "CRN-2025-002"]
