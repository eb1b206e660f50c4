"""Removing what has expired."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from kaven_schema.engines.progress import Advance
from kaven_schema.services.refresh_tokens import LIFETIME, RefreshTokens, clean_up
from tests.services.project import World

pytestmark = pytest.mark.xdist_group("postgres")


def fill(world: World, expired: int, valid: int) -> None:
    user_id, now = world.user(), datetime.now(UTC)
    rows = [
        {
            "token": f"{number}",
            "userId": user_id,
            "expiresAt": now + timedelta(hours=1 if number < valid else -1),
        }
        for number in range(valid + expired)
    ]
    world.run(world.client.refreshtoken.create_many(data=rows))


def later(world: World, by: timedelta) -> RefreshTokens:
    return RefreshTokens(world.client, clock=lambda: datetime.now(UTC) + by)


def test_in_batches(own_world: World) -> None:
    fill(own_world, expired=25, valid=3)
    advanced: list[int] = []

    @contextmanager
    def noting(_title: str, steps: int) -> Iterator[Advance]:
        assert steps == 25
        yield advanced.append

    done = own_world.run(clean_up(own_world.client, batch=10, progress=noting))
    assert (done.sessions, done.spent_tokens) == (25, 0)
    assert advanced == [10, 10, 5]
    assert own_world.run(own_world.client.refreshtoken.count()) == 3
    assert own_world.run(clean_up(own_world.client)).sessions == 0


def test_tokens_that_were_used(own_world: World) -> None:
    """They go when they would have expired, though their session lives on."""
    tokens = RefreshTokens(own_world.client)
    issued = own_world.run(tokens.issue(own_world.user()))
    for day in range(1, 12):
        issued = own_world.run(later(own_world, timedelta(days=day)).rotate(issued.token))
    at_the_end = datetime.now(UTC) + timedelta(days=11, seconds=1)
    done = own_world.run(clean_up(own_world.client, clock=lambda: at_the_end))
    assert (done.sessions, done.spent_tokens) == (0, 5)
    assert own_world.run(own_world.client.spentrefreshtoken.count()) == 6
    long_after = at_the_end + LIFETIME
    rest = own_world.run(clean_up(own_world.client, clock=lambda: long_after))
    assert (rest.sessions, rest.spent_tokens) == (1, 6)


def test_two_at_once(own_world: World) -> None:
    fill(own_world, expired=60, valid=1)

    async def main() -> int:
        both = await asyncio.gather(*(clean_up(own_world.client, batch=7) for _ in range(2)))
        return sum(done.sessions for done in both)

    removed = own_world.run(main())
    removed += own_world.run(clean_up(own_world.client)).sessions
    assert removed == 60
    assert own_world.run(own_world.client.refreshtoken.count()) == 1


def test_beside_rotations(own_world: World) -> None:
    tokens = RefreshTokens(own_world.client)
    issued = [own_world.run(tokens.issue(own_world.user())) for _ in range(10)]
    fill(own_world, expired=50, valid=0)

    async def main() -> None:
        await asyncio.gather(
            clean_up(own_world.client, batch=5), *(tokens.rotate(one.token) for one in issued)
        )

    own_world.run(main())
    assert own_world.run(own_world.client.refreshtoken.count()) == 10
