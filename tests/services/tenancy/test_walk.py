"""A random walk through every door: what tenant A gets is the same whether or not there is a tenant B.

So nothing of B's crosses, not even as an order, a count or an error; and no row of B's is ever changed.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import ModuleType
from typing import Any

import pytest
from pydantic import ValidationError

from kaven_schema.database.embedded import EmbeddedServer
from tests.services.tenancy.walk import READS, WRITES, Operation, Walker, plain, timeless
from tests.services.tenancy.worlds import World, opened

pytestmark = pytest.mark.xdist_group("postgres")

STEPS = 120
"""Of one to four operations each."""


MOST_USERS = 3


class _UndoError(Exception):
    """Ends a transaction that is not to be kept."""


Worlds = Callable[..., tuple[World, World]]


@pytest.fixture
def worlds(
    package: ModuleType, shared_server: EmbeddedServer, populated: Callable[..., str]
) -> Iterator[Worlds]:
    """Makes two: with B, and without."""
    with ExitStack() as stack:

        def make(*, is_protected: bool, is_linked: bool = True) -> tuple[World, World]:
            with_b, without = (
                stack.enter_context(
                    opened(package, shared_server, populated(tenants, is_protected=is_protected))
                )
                for tenants in ("AB" if is_linked else "BA", "A")
            )
            return with_b, without

        yield make


class Walk:
    def __init__(self, worlds: tuple[World, World], seed: int, options: dict[str, Any]) -> None:
        self.worlds = worlds
        self.options = options
        self.walker = Walker(worlds[0].tenancy._SCHEMA, seed)
        self.last: list[Operation] = []
        self.outcomes: Counter[str] = Counter()

    def go(self, steps: int) -> None:
        before = self.worlds[0].rows("B")
        for number in range(steps):
            door = self.walker.random.choice((self.plainly, self.plainly, self.in_transaction, self.in_batch))
            self.step(door)
            if number % 10 == 0:
                assert self.worlds[0].rows("B") == before, number
        assert self.worlds[0].rows("B") == before
        with_b, without = ([timeless(str(row)) for row in world.rows("A")] for world in self.worlds)
        assert with_b == without

    def step(self, door: Callable[[], Callable[[World, Any], Any]]) -> None:
        work = door()
        with_b, without = (self.outcome(world, work) for world in self.worlds)
        assert with_b == without, self.last

    def outcome(self, world: World, work: Callable[[World, Any], Any]) -> Any:
        async def main(client: Any) -> Any:
            tenant = world.tenancy.tenant_client(client, "A-tenant", **self.options)
            return await work(world, tenant)

        return world.run(main)

    def plainly(self) -> Callable[[World, Any], Any]:
        self.last = [operation] = self.walker.operations(READS + WRITES, 1)
        return lambda world, tenant: self.done(world, tenant, operation)

    def in_transaction(self) -> Callable[[World, Any], Any]:
        self.last = operations = self.walker.operations(READS + WRITES, self.walker.random.randint(2, 4))
        is_kept = self.walker.random.random() < 0.7

        async def work(world: World, tenant: Any) -> Any:
            found = []
            try:
                async with tenant.tx() as transaction:
                    for operation in operations:
                        found.append(outcome := await self.done(world, transaction, operation))
                        if not is_kept or isinstance(outcome, str):  # PostgreSQL would take no more
                            raise _UndoError
            except _UndoError:
                found.append("undone")
            return found

        return work

    def in_batch(self) -> Callable[[World, Any], Any]:
        self.last = operations = self.walker.operations(WRITES, self.walker.random.randint(1, 3))

        async def work(world: World, tenant: Any) -> Any:
            try:
                async with tenant.batch_() as batch:
                    for operation in operations:
                        arguments = copy.deepcopy(operation.arguments)
                        getattr(getattr(batch, operation.model.lower()), operation.method)(**arguments)
            except (world.tenancy.TenancyError, world.package.errors.PrismaError) as error:
                return f"{type(error).__name__}: {error}"
            return None

        return work

    async def done(self, world: World, tenant: Any, operation: Operation) -> Any:
        actions = getattr(tenant, operation.model.lower())
        arguments = copy.deepcopy(operation.arguments)
        try:
            found = plain(await getattr(actions, operation.method)(**arguments))
        except (world.tenancy.TenancyError, world.package.errors.PrismaError) as error:
            self.outcomes[type(error).__name__] += 1
            return f"{type(error).__name__}: {error}"
        except ValidationError:  # a client that was told nothing of what it had just changed
            return "no row"
        assert arguments == operation.arguments
        self.outcomes["found" if found else "nothing"] += 1
        return sorted(found, key=repr) if operation.method == "group_by" else found


class _Bare(Walk):
    """Without the wrapper: a transaction of the client's own, in which PostgreSQL alone knows the tenant.

    Rows of B's do not refer to rows of A's here: what deletes those has the actions of their foreign keys, which
    no policy binds.
    """

    def outcome(self, world: World, work: Callable[[World, Any], Any]) -> Any:
        async def main(client: Any) -> Any:
            try:
                async with client.tx() as transaction:
                    await transaction.query_raw("SELECT set_config('app.tenant_id', 'A-tenant', true)")
                    found = await work(world, transaction)
                    if isinstance(found, str) or await transaction.user.count() < MOST_USERS:
                        raise _UndoError  # what deletes its own tenant leaves nothing to walk on
                    return found
            except _UndoError:
                return "refused"

        outcome = world.run(main)
        assert "B-" not in repr(outcome)
        return outcome

    def go(self, steps: int) -> None:
        before = self.worlds[0].rows("B")
        for _ in range(steps):
            self.step(self.plainly)
        assert self.worlds[0].rows("B") == before


def walk(kind: type[Walk], worlds: tuple[World, World], seed: int, steps: int, **options: Any) -> None:
    found = kind(worlds, seed, options)
    found.go(steps)
    assert found.outcomes["found"] > steps / 4, found.outcomes


@pytest.mark.parametrize("seed", range(2))
def test_wrapper_alone(worlds: Worlds, seed: int) -> None:
    walk(Walk, worlds(is_protected=False), seed, STEPS, row_level_security=False)


def test_wrapper_and_row_level_security(worlds: Worlds) -> None:
    walk(Walk, worlds(is_protected=True), 2, STEPS)


def test_row_level_security_alone(worlds: Worlds) -> None:
    walk(_Bare, worlds(is_protected=True, is_linked=False), 3, STEPS)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 18))
@pytest.mark.parametrize("is_protected", [False, True])
def test_thousands(worlds: Worlds, seed: int, is_protected: bool) -> None:
    walk(Walk, worlds(is_protected=is_protected), seed, 500, row_level_security=is_protected)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20, 24))
def test_thousands_without_the_wrapper(worlds: Worlds, seed: int) -> None:
    walk(_Bare, worlds(is_protected=True, is_linked=False), seed, 500)
