"""The transport for asyncio."""

from __future__ import annotations

import asyncio

import httpx

from kaven_schema.client.transport.connection import Connection
from kaven_schema.client.transport.message import Answer
from kaven_schema.client.transport.origin import Exchange, Origin, exchange_of, response_of
from kaven_schema.client.transport.pool import Pool

_Loop = asyncio.AbstractEventLoop


class AsyncTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 on connections that are kept, those of each event loop for itself.

    Of `limits`, `max_connections` and `keepalive_expiry` hold. Up to 32 connections serve any number of
    requests; more are opened for transactions, and where answers come slowly.
    Needs an event loop with `add_reader`, as all but that of Windows have.
    Raises what httpx raises: httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError …
    """

    def __init__(self, *, limits: httpx.Limits | None = None) -> None:
        self._limits = limits or httpx.Limits()
        self._pools: dict[_Loop, dict[Origin, Pool]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        answer = await self.exchange(exchange_of(request))
        return response_of(answer.status, answer.headers, answer.body)

    async def exchange(self, exchange: Exchange) -> Answer:
        """The same without httpx's own objects."""
        pool = self._pool(exchange.origin)
        connection = await pool.acquire(exchange)
        return await _answer(pool, connection, exchange)

    def _pool(self, origin: Origin) -> Pool:
        loop = asyncio.get_running_loop()
        pools = self._pools.get(loop)
        if pools is None:
            self._forget_closed_loops()
            pools = self._pools[loop] = {}
        pool = pools.get(origin)
        if pool is None:
            pool = pools[origin] = Pool(loop, self._limits)
        return pool

    def _forget_closed_loops(self) -> None:
        for loop in [loop for loop in self._pools if loop.is_closed()]:
            for pool in self._pools.pop(loop).values():
                pool.close()

    async def aclose(self) -> None:
        """Close what is idle; what is under way ends first. The transport can go on being used."""
        self.close()

    def close(self) -> None:
        """The same from anywhere: each loop closes its own connections."""
        running = _running_loop() if self._pools else None
        for loop in list(self._pools):
            for pool in self._pools.pop(loop, {}).values():
                if loop is running or not loop.is_running():
                    pool.close()
                else:
                    loop.call_soon_threadsafe(pool.close)

    def __del__(self) -> None:
        self.close()


def _running_loop() -> _Loop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def _answer(pool: Pool, connection: Connection, exchange: Exchange) -> Answer:
    try:
        answer = await connection.exchange(exchange)
    except BaseException:
        connection.close()  # also when cancelled: the answer would be taken for the next request's
        pool.release(connection)
        raise
    if not answer.reusable:
        connection.close()
    pool.release(connection)
    return answer
