"""What only the asyncio transport has to deal with: many requests at once, cancellation, other event loops."""

from __future__ import annotations

import asyncio
import gc
import random
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from kaven_schema.client.transport import AsyncTransport

ENOUGH = 32


@asynccontextmanager
async def client(**options: Any) -> AsyncIterator[httpx.AsyncClient]:
    limits = options.pop("limits", None)
    async with httpx.AsyncClient(transport=AsyncTransport(limits=limits), **options) as made:
        yield made


def sized(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def slow(request: Any) -> bytes:
    time.sleep(0.3)
    return sized(request.body)


async def ask(session: httpx.AsyncClient, url: str, body: bytes, **headers: str) -> bytes:
    answer = await session.post(url, content=body, headers=headers)
    return answer.content


def test_many_requests_share_a_few_connections(serve: Any) -> None:
    server = serve()

    async def main() -> None:
        async with client() as session:
            bodies = [str(number).encode() for number in range(500)]
            assert await asyncio.gather(*(ask(session, server.url, body) for body in bodies)) == bodies

    asyncio.run(main())
    assert len(server.connections) <= ENOUGH
    assert len(server.requests) == 500


def test_more_connections_where_all_wait_for_each_other(serve: Any) -> None:
    """As queries wait for a place in the database that transactions hold, whose next requests wait here."""
    together = threading.Barrier(100, timeout=10)

    def answer(request: Any) -> bytes:
        together.wait()
        return sized(request.body)

    server = serve(answer)

    async def main() -> None:
        async with client() as session:
            await asyncio.gather(*(ask(session, server.url, b"x") for _ in range(100)))

    asyncio.run(main())
    assert len(server.connections) == 100


def test_slow_answers_get_more_connections(serve: Any) -> None:
    """Though all the time some come back."""
    server = serve(slow)

    async def main() -> None:
        async with client(timeout=20) as session:

            async def ask_again() -> None:
                await asyncio.sleep(random.random() * 0.3)
                for _ in range(6):
                    await ask(session, server.url, b"x")

            await asyncio.gather(*(ask_again() for _ in range(60)))

    asyncio.run(main())
    assert ENOUGH < len(server.connections) <= 60


@pytest.mark.parametrize(("path", "header"), [("/", "x-1"), ("/transaction/x-1/commit", "")])
def test_open_transaction_does_not_wait(serve: Any, path: str, header: str) -> None:
    """While answers keep coming in, so that nothing shows that one of the queries is in a hurry."""
    go_on = threading.Event()

    def answer(request: Any) -> bytes:
        if request.body == b"wait":
            go_on.wait(10)
        return sized(request.body)

    server = serve(answer)

    async def main() -> None:
        async with client() as session:
            waiting = [asyncio.create_task(ask(session, server.url, b"wait")) for _ in range(ENOUGH)]
            await asyncio.sleep(0.2)
            headers = {"X-transaction-id": header} if header else {}
            assert await ask(session, server.url + path, b"now", **headers) == b"now"
            assert not any(task.done() for task in waiting)
            go_on.set()
            await asyncio.gather(*waiting)

    asyncio.run(main())


def test_limit_that_the_user_sets(serve: Any) -> None:
    server = serve(slow)

    async def main() -> None:
        limits = httpx.Limits(max_connections=2)
        async with client(limits=limits, timeout=httpx.Timeout(5, pool=0.1)) as session:
            asked = [ask(session, server.url, b"x", **{"X-transaction-id": "1"}) for _ in range(3)]
            answers = await asyncio.gather(*asked, return_exceptions=True)
            assert sorted(type(answer).__name__ for answer in answers) == ["PoolTimeout", "bytes", "bytes"]
            assert await ask(session, server.url, b"y") == b"y"

    asyncio.run(main())
    assert len(server.connections) == 2


def test_cancelled_request_takes_its_connection_along(serve: Any) -> None:
    server = serve(slow)

    async def main() -> None:
        async with client() as session:
            late = asyncio.create_task(ask(session, server.url, b"late"))
            await asyncio.sleep(0.1)
            late.cancel()
            with pytest.raises(asyncio.CancelledError):
                await late
            for body in (b"first", b"second"):
                assert await ask(session, server.url, body) == body

    asyncio.run(main())
    assert len(server.connections) == 2


def test_timeout_takes_its_connection_along(serve: Any) -> None:
    server = serve(slow)

    async def main() -> None:
        async with client() as session:
            with pytest.raises(httpx.ReadTimeout):
                await session.post(server.url, content=b"late", timeout=0.1)
            assert await ask(session, server.url, b"next") == b"next"

    asyncio.run(main())
    assert len(server.connections) == 2


def test_cancelled_while_it_waits(serve: Any) -> None:
    """Its turn goes to the next, also where it comes in the moment of the cancellation."""
    server = serve(slow)

    async def main() -> None:
        async with client(limits=httpx.Limits(max_connections=1), timeout=5) as session:
            first = asyncio.create_task(ask(session, server.url, b"first"))
            await asyncio.sleep(0.05)
            waiting = [asyncio.create_task(ask(session, server.url, b"waits")) for _ in range(5)]
            await asyncio.sleep(0.05)
            waiting[0].cancel()
            await first
            waiting[1].cancel()
            done = await asyncio.gather(*waiting, return_exceptions=True)
            assert done.count(b"waits") == 3
            assert await ask(session, server.url, b"after") == b"after"

    asyncio.run(main())


def test_another_event_loop(serve: Any) -> None:
    server = serve()
    transport = AsyncTransport()
    session = httpx.AsyncClient(transport=transport)
    for number in (1, 2, 3):
        assert asyncio.run(ask(session, server.url, b"x")) == b"x"
        gc.collect()
        assert len(server.connections) == number
    asyncio.run(session.aclose())
    del transport, session
    gc.collect()


def test_event_loops_beside_each_other(serve: Any) -> None:
    server = serve()
    transport = AsyncTransport()
    failures: list[BaseException] = []

    async def work(number: int) -> None:
        session = httpx.AsyncClient(transport=transport)
        for count in range(20):
            body = f"{number}/{count}".encode()
            assert await ask(session, server.url, body) == body

    def run(number: int) -> None:
        try:
            asyncio.run(work(number))
        except BaseException as error:  # noqa: BLE001 - shown by the test itself
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    transport.close()


def test_closed_while_a_request_is_under_way(serve: Any) -> None:
    server = serve(slow)

    async def main() -> None:
        transport = AsyncTransport()
        session = httpx.AsyncClient(transport=transport)
        busy = asyncio.create_task(ask(session, server.url, b"busy"))
        await asyncio.sleep(0.1)
        await transport.aclose()
        assert await busy == b"busy"
        assert await ask(session, server.url, b"after") == b"after"
        await session.aclose()

    asyncio.run(main())
    assert len(server.connections) == 2
