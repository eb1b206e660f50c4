"""Reading the log in pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaven_schema.services.audit import AuditTrail, CursorError, Span
from tests.services.project import World

pytestmark = pytest.mark.xdist_group("postgres")

START = datetime(2025, 1, 1, tzinfo=UTC)


def fill(world: World, count: int, **fields: Any) -> None:
    """Three to each moment."""
    defaults = {"action": "a", "entityType": "Order", "entityId": "1"}
    data = [
        {**defaults, "createdAt": START + timedelta(minutes=number // 3), **fields} for number in range(count)
    ]
    world.run(world.client.auditlog.create_many(data=data))


def read(world: World, page_of: Callable[[str | None], Any]) -> list[Any]:
    """All pages."""
    rows, after = [], None
    while True:
        page = world.run(page_of(after))
        rows += page.records
        if page.next is None:
            return rows
        after = page.next


def test_pages(own_world: World) -> None:
    """Each row once, newest first, also where many are of one moment; rows that come in between shift nothing."""
    fill(own_world, 50)
    trail = AuditTrail(own_world.client)
    for size in (1, 2, 7, 50, 51):
        rows = read(own_world, lambda after, size=size: trail.all(after=after, size=size))  # type: ignore[misc] # bound now
        assert len({row.id for row in rows}) == len(rows) == 50
        assert rows == sorted(rows, key=lambda row: (row.createdAt, row.id), reverse=True)
    first = own_world.run(trail.all(size=20))
    fill(own_world, 5, createdAt=START + timedelta(days=1))
    rest = own_world.run(trail.all(after=first.next, size=100))
    assert len(rest.records) == 30
    assert rest.next is None


def test_by_entity_by_user_by_action_by_time(own_world: World) -> None:
    user_id = own_world.user()
    fill(own_world, 9)
    fill(own_world, 4, entityId="2")
    fill(own_world, 3, entityType="Invoice", userId=user_id)
    fill(own_world, 2, action="b")
    trail = AuditTrail(own_world.client)

    def count(work: Any) -> int:
        return len(own_world.run(work).records)

    assert count(trail.of_entity("Order", "1")) == 11
    assert count(trail.of_entity("Order", "2")) == 4
    assert count(trail.of_entity("Order", "nobody' OR 1=1")) == 0
    assert count(trail.of_user(user_id)) == 3
    assert count(trail.of_action("b")) == 2
    minute = timedelta(minutes=1)
    assert count(trail.all(span=Span(since=START + 2 * minute))) == 3
    assert count(trail.all(span=Span(until=START + minute))) == 3 + 3 + 3 + 2
    assert (
        count(trail.of_entity("Order", "1", span=Span(since=START + minute, until=START + 2 * minute))) == 3
    )
    assert count(trail.all()) == 18


def test_of_one_tenant(own_world: World) -> None:
    tenants = [
        own_world.run(own_world.client.tenant.create(data={"name": name, "slug": name})) for name in "ab"
    ]
    for tenant in tenants:
        fill(own_world, 6, tenantId=tenant.id)
    fill(own_world, 6)
    trail = AuditTrail(own_world.client, tenant_id=tenants[0].id)
    rows = read(own_world, lambda after: trail.of_entity("Order", "1", after=after, size=4))
    assert [row.tenantId for row in rows] == [tenants[0].id] * 6
    foreign = own_world.run(AuditTrail(own_world.client, tenant_id=tenants[1].id).all(size=1)).next
    assert all(row.tenantId == tenants[0].id for row in own_world.run(trail.all(after=foreign)).records)


@pytest.mark.parametrize(
    "cursor",
    [
        *(
            "",
            "x",
            "~",
            "2025-01-01T00:00:00+00:00",
            "2025-13-01T00:00:00+00:00~x",
            "0001-01-01T00:00+23:59~x",
        ),
        *(
            "2025-01-01T00:00:00+00:00~\0",
            "2025-01-01T00:00:00+00:00~" + "x" * 300,
            "' OR 1=1 --",
            "\ud83d~x",
        ),
    ],
)
def test_what_is_no_cursor(world: World, cursor: str) -> None:
    with pytest.raises(CursorError):
        world.run(AuditTrail(world.client).all(after=cursor))


@pytest.mark.parametrize("size", [0, -1, 1001])
def test_sizes(world: World, size: int) -> None:
    with pytest.raises(ValueError, match="1 to 1000"):
        world.run(AuditTrail(world.client).all(size=size))
