"""What the services ask of a generated client, whichever schema it was generated from.

Every project has a client of its own, so it is described here by its shape. What a row must hold is checked by the
developer's type checker; the arguments are typed in the client alone, and the services' tests run against real ones.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol, Self, TypeVar

RowT_co = TypeVar("RowT_co", covariant=True)
Clock = Callable[[], datetime]

_PATIENCE = timedelta(seconds=10)


class Rows(Protocol[RowT_co]):
    """The actions of one model, as `client.user` has them."""

    @property
    def find_unique(self) -> Callable[..., Awaitable[RowT_co | None]]: ...
    @property
    def find_many(self) -> Callable[..., Awaitable[Sequence[RowT_co]]]: ...
    @property
    def create(self) -> Callable[..., Awaitable[RowT_co]]: ...
    @property
    def create_many(self) -> Callable[..., Awaitable[int]]: ...
    @property
    def update_many(self) -> Callable[..., Awaitable[int]]: ...
    @property
    def delete_many(self) -> Callable[..., Awaitable[int]]: ...
    @property
    def count(self) -> Callable[..., Awaitable[int]]: ...


class Transactional(Protocol):
    """A client, or a transaction of it: both have the same interface."""

    def is_transaction(self) -> bool: ...
    def tx(self, *, max_wait: timedelta, timeout: timedelta) -> AbstractAsyncContextManager[Self]: ...


_ClientT = TypeVar("_ClientT", bound=Transactional)


@asynccontextmanager
async def transaction(client: _ClientT) -> AsyncIterator[_ClientT]:
    """All that is done with the client that it yields, or nothing; inside of the caller's transaction, part of that."""
    if client.is_transaction():
        yield client
        return
    async with client.tx(max_wait=_PATIENCE, timeout=_PATIENCE) as inside:
        yield inside


def utc_now() -> datetime:
    return datetime.now(UTC)
