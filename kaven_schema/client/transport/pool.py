"""The connections that one event loop has to one engine."""

from __future__ import annotations

import asyncio
from collections import deque

import httpx

from kaven_schema.client.transport.connection import Connection, open_connection
from kaven_schema.client.transport.origin import Exchange

# As many requests as keep the engine busy: each more only costs memory, here and there.
_ENOUGH = 32
# Seconds. If not even so many come back in this time, it is not the engine that is busy: requests wait, perhaps
# for what is queued here, and more of them can wait beside each other.
_A_WHILE = 0.25

_Waiter = asyncio.Future["Connection | None"]


class Pool:
    """Hands out connections, each for one request; each goes back, closed or not."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limits: httpx.Limits) -> None:
        self._loop = loop
        self._most = limits.max_connections
        self._most_idle = limits.max_keepalive_connections
        self._expiry = limits.keepalive_expiry
        self._idle: list[Connection] = []
        self._waiting: deque[_Waiter] = deque()
        self._used = 0
        """Connections handed out or being opened."""
        self._returns = 0
        self._returns_seen: int | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def acquire(self, exchange: Exchange) -> Connection:
        """Raises httpx.PoolTimeout, httpx.ConnectError, httpx.ConnectTimeout."""
        connection = self._take()
        if connection is None and not self._may_open(urgent=exchange.urgent):
            connection = await self._wait(exchange.timeouts.pool)
        else:
            self._used += 1
        if connection:
            return connection
        try:
            return await open_connection(self._loop, exchange)
        except BaseException:
            self._pass_on(None)
            raise

    def release(self, connection: Connection) -> None:
        self._returns += 1
        self._pass_on(None if connection.is_closed else connection)

    def close(self) -> None:
        """Close what is idle now, and what is in use when it comes back."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if self._is_fresh(connection) and connection.is_usable():
                return connection
            connection.close()
        return None

    def _is_fresh(self, connection: Connection) -> bool:
        return self._expiry is None or self._loop.time() - connection.idle_since <= self._expiry

    def _may_open(self, *, urgent: bool) -> bool:
        most = self._most if urgent else min(_ENOUGH, self._most or _ENOUGH)
        return most is None or self._used < most

    async def _wait(self, limit: float | None) -> Connection | None:
        """A connection that came free, or None for the right to open one."""
        waiter: _Waiter = self._loop.create_future()
        self._waiting.append(waiter)
        if self._timer is None:
            self._timer = self._loop.call_later(_A_WHILE, self._look)
        late = None if limit is None else self._loop.call_later(limit, _give_up, waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and not waiter.exception():
                self._pass_on(waiter.result())
            raise
        finally:
            if late:
                late.cancel()

    def _pass_on(self, connection: Connection | None) -> None:
        """To who waits longest; else it is idle, or what was opened or could have been is gone."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self._used -= 1
        if connection and (self._is_closed or self._has_enough_idle()):
            connection.close()
        elif connection:
            connection.idle_since = self._loop.time()
            self._idle.append(connection)

    def _has_enough_idle(self) -> bool:
        return self._most_idle is not None and len(self._idle) >= self._most_idle

    def _look(self) -> None:
        if self._is_slow():
            self._loop.call_soon(self._open_more)  # what has arrived by now is read before that
        waits = bool(self._waiting)
        self._returns_seen = self._returns if waits else None
        self._timer = self._loop.call_later(_A_WHILE, self._look) if waits else None

    def _is_slow(self) -> bool:
        """Whether few came back since the last look, if there was one."""
        return self._returns_seen is not None and self._returns - self._returns_seen < _ENOUGH

    def _open_more(self) -> None:
        """As many more as there are, for those who wait longest."""
        if not self._is_slow():
            return
        for _ in range(min(len(self._waiting), max(1, self._used))):
            if self._most is not None and self._used >= self._most:
                break
            self._used += 1
            self._pass_on(None)


def _give_up(waiter: _Waiter) -> None:
    if not waiter.done():
        waiter.set_exception(httpx.PoolTimeout(""))
