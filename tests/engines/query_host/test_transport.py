"""Clients that `kaven generate` made, on their way to the engine: by kaven's transport unless told otherwise."""

from __future__ import annotations

import asyncio
import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from kaven_schema.client.transport import AsyncTransport, SyncTransport

pytestmark = pytest.mark.xdist_group("query_host")


def transport_of(client: Any) -> str:
    return type(client._engine.session.session._transport).__name__


def sockets_of(process: int) -> int:
    links = [os.readlink(f"/proc/{process}/fd/{name}") for name in os.listdir(f"/proc/{process}/fd")]
    return sum(link.startswith("socket:") for link in links)


@pytest.fixture
def connect(prisma: Any, client: Any) -> Any:
    """Connected blocking clients with options of their own; tables are empty."""
    made: list[Any] = []

    def begin(**options: Any) -> Any:
        made.append(prisma.Prisma(**options))
        made[-1].connect()
        return made[-1]

    yield begin
    for one in made:
        one.disconnect()


class Counting(httpx.HTTPTransport):
    count = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.count += 1
        return super().handle_request(request)


def test_ours_is_the_default(connect: Any, go: Any) -> None:
    plain = connect()
    assert plain.user.count() == 0
    assert transport_of(plain) == "SyncTransport"

    async def work(client: Any) -> None:
        assert await client.user.count() == 0
        assert transport_of(client) == "AsyncTransport"

    go(work)


def test_users_transport_wins(connect: Any) -> None:
    own = Counting()
    client = connect(http={"transport": own})
    before = own.count
    assert client.user.count() == 0
    assert own.count == before + 1


@pytest.mark.parametrize("options", [{"http1": True}, {"auth": ("a", "b")}, {"headers": {"X-Mine": "1"}}])
def test_other_options_go_httpxs_way(connect: Any, options: Any) -> None:
    client = connect(http=options)
    assert client.user.count() == 0
    assert transport_of(client) == "HTTPTransport"


def test_an_engine_of_the_users_gets_httpx(
    connect: Any, launcher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that stands nowhere near our host, here only in name."""
    own = tmp_path / "query-engine"
    own.write_text(f'#!/bin/sh\nexec "{launcher}" "$@"\n', encoding="utf-8")
    own.chmod(0o755)
    monkeypatch.setenv("PRISMA_QUERY_ENGINE_BINARY", str(own))
    client = connect()
    assert client.user.count() == 0
    assert transport_of(client) == "HTTPTransport"


def test_transport_of_ours_by_name(connect: Any, go: Any) -> None:
    shared = SyncTransport()
    clients = [connect(http={"transport": shared}) for _ in range(2)]
    clients[0].user.create({"email": "a"})
    assert clients[1].user.find_first().email == "a"
    clients[0].disconnect()
    clients[0].connect()
    assert [client.user.count() for client in clients] == [1, 1]

    async def work(client: Any) -> None:
        assert await client.user.count() == 1

    go(work, http={"transport": AsyncTransport()})


def test_timeout_that_the_user_sets(connect: Any) -> None:
    client = connect(http={"timeout": 0.5})
    with pytest.raises(httpx.ReadTimeout):
        client.query_raw("SELECT pg_sleep(3)::text")
    assert client.query_raw("SELECT 1 AS n") == [{"n": 1}]


def test_proxy_of_the_environment(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert connect().user.count() == 0


def test_many_requests_few_sockets(go: Any) -> None:
    async def work(client: Any) -> None:
        engine = client._engine.process.pid
        for _ in range(50):  # at first Node compiles, and may take long to answer at all
            await client.user.count()
        made = await asyncio.gather(
            *(client.user.create({"email": f"{number}"}) for number in range(500)), return_exceptions=True
        )
        assert [getattr(user, "email", user) for user in made] == [str(number) for number in range(500)]
        assert sockets_of(engine) < 150
        found = await asyncio.gather(*(client.user.find_unique({"email": f"{n}"}) for n in range(500)))
        assert found == made

    go(work)


def test_transactions_among_many_requests(go: Any, database: Any) -> None:
    """They hold the only connections that the other requests wait for."""

    async def work(client: Any) -> None:
        async def transact(number: int) -> None:
            async with client.tx() as tx:
                user = await tx.user.create({"email": f"{number}"})
                await tx.user.update(where={"id": user.id}, data={"age": number})

        queries = [client.user.count() for _ in range(200)]
        await asyncio.gather(*(transact(number) for number in range(10)), *queries)
        assert await client.user.count() == 10

    go(work, datasource={"url": database.url("connection_limit=2")})


def test_large_and_other_letters(client: Any, go: Any) -> None:
    text = "ação 😀 \u2028\u0085\x0b\r\n" * 400_000
    assert len(text.encode()) > 7_000_000
    user = client.user.create({"email": "a", "name": text})
    assert user.name == text
    assert client.query_raw('SELECT length(name) AS n FROM "User"') == [{"n": len(text)}]

    async def work(other: Any) -> None:
        (found,) = await other.user.find_many()
        assert found.name == text

    go(work)


def test_cancelled_query(go: Any) -> None:
    async def work(client: Any) -> None:
        for _ in range(20):
            late = asyncio.create_task(client.query_raw("SELECT 'late' AS word, pg_sleep(0.02)::text"))
            await asyncio.sleep(0.005)
            late.cancel()
            assert await client.query_raw("SELECT 'mine' AS word") == [{"word": "mine"}]
        assert late.cancelled()

    go(work)


def test_engine_that_was_killed(connect: Any) -> None:
    client = connect()
    client.user.create({"email": "a"})
    client._engine.process.kill()
    client._engine.process.wait()
    with pytest.raises(httpx.ConnectError) as raised:
        client.user.create({"email": "b"})
    assert str(raised.value.request.url).startswith("http://localhost:")
    client.disconnect()
    client.connect()
    assert client.user.count() == 1


def test_client_of_another_event_loop(clients: Any, client: Any) -> None:
    made = clients["asyncio"].Prisma()

    async def begin() -> None:
        await made.connect()
        await made.user.create({"email": "a"})

    asyncio.run(begin())
    gc.collect()
    for _ in range(2):
        assert asyncio.run(made.user.count()) == 1
    asyncio.run(made.disconnect())
    gc.collect()


def test_threads(connect: Any) -> None:
    client = connect()
    with ThreadPoolExecutor(20) as pool:
        made = list(pool.map(lambda number: client.user.create({"email": f"{number}"}), range(100)))
    assert [user.email for user in made] == [str(number) for number in range(100)]


def test_refused_request(connect: Any, clients: Any) -> None:
    """The response that an exception of the client's brings along is httpx's."""
    client = connect()
    with pytest.raises(clients["sync"].engine.errors.UnprocessableEntityError) as raised:
        client._engine.query("{", tx_id=None)
    response = raised.value.response
    assert (response.status, response.original.status_code) == (422, 422)
    assert response.headers["content-type"] == "application/json"
    assert "Error parsing" in response.text()
    assert str(response.original.request.url).endswith("/")


def test_fields_of_a_model_are_asked_for_once(prisma: Any, client: Any) -> None:
    class Name(prisma.bases.BaseUser):  # type: ignore[misc]
        email: str

    client.user.create({"email": "a", "name": "x"})
    assert client.user.find_first().name == "x"
    found = prisma.actions.UserActions(client, Name).find_first()
    assert found.model_dump() == {"email": "a"}
    builder = client._make_query_builder(method="find_first", arguments={}, model=Name, root_selection=None)
    builder.get_default_fields(Name).append("nothing")
    assert builder.get_default_fields(Name) == ["email"]
    builder.prisma_models = set()
    with pytest.raises(prisma.errors.UnknownModelError):
        builder.get_default_fields(Name)
