"""Interactive transactions, the limits on them, and what becomes of them when something breaks."""

# ruff: noqa: PT012 - what raises is the end of a transaction's block, or the whole of it

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("query_host")

KILL_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND datname = 'postgres'"
)


def test_commit_and_rollback(go: Any) -> None:
    async def work(client: Any) -> None:
        async with client.tx() as tx:
            await tx.user.create({"email": "a"})
            assert await client.user.count() == 0
            assert await tx.user.count() == 1
        assert await client.user.count() == 1
        with pytest.raises(ZeroDivisionError):
            async with client.tx() as tx:
                await tx.user.create({"email": "b"})
                raise ZeroDivisionError
        assert await client.user.count() == 1

    go(work)


def test_blocking_interface(client: Any, prisma: Any) -> None:
    with client.tx() as tx:
        tx.user.create({"email": "a"})
        assert tx.execute_raw('UPDATE "User" SET age = 7') == 1
    assert client.user.find_first().age == 7


def test_everything_inside(go: Any, clients: Any) -> None:
    async def work(client: Any) -> None:
        async with client.tx() as tx:
            async with tx.batch_() as batch:
                batch.user.create({"email": "a"})
                batch.user.create({"email": "b"})
            await asyncio.gather(*(tx.user.create({"email": str(n)}) for n in range(20)))
            assert await tx.user.count() == 22
            assert (await tx.query_raw('SELECT count(*) FROM "User"'))[0]["count"] == 22
        assert await client.user.count() == 22

    go(work)


def test_error_spoils_the_transaction(go: Any, clients: Any) -> None:
    errors = clients["asyncio"].errors

    async def work(client: Any) -> None:
        await client.user.create({"email": "a"})
        with pytest.raises(errors.UniqueViolationError):
            async with client.tx() as tx:
                await tx.user.create({"email": "b"})
                await tx.user.create({"email": "a"})
        with pytest.raises(errors.RawQueryError, match="current transaction is aborted"):
            async with client.tx() as tx:
                with suppress(errors.UniqueViolationError):
                    await tx.user.create({"email": "a"})
                await tx.query_raw("SELECT 1")
        assert await client.user.count() == 1

    go(work)


def test_timeout(go: Any, clients: Any) -> None:
    errors = clients["asyncio"].errors

    async def work(client: Any) -> None:
        with pytest.raises(errors.TransactionExpiredError) as raised:
            async with client.tx(timeout=timedelta(milliseconds=200)) as tx:
                await tx.user.create({"email": "a"})
                await asyncio.sleep(0.4)
                await tx.user.create({"email": "b"})
        assert "The timeout for this transaction was 200 ms" in str(raised.value)
        assert "however 0 ms passed" not in str(raised.value)
        assert await client.user.count() == 0

    go(work)


def test_max_wait(go: Any, database: Any, clients: Any) -> None:
    async def work(client: Any) -> None:
        async with client.tx() as tx:
            await tx.user.create({"email": "a"})
            with pytest.raises(Exception, match="Unable to start a transaction in the given time") as raised:
                await client.tx(max_wait=timedelta(milliseconds=100)).start()
            assert type(raised.value).__name__ == "EngineRequestError"
        # What came too late has let go of its connection.
        for _ in range(3):
            async with client.tx(max_wait=timedelta(seconds=2)) as tx:
                await tx.user.count()

    go(work, datasource={"url": database.url("connection_limit=1")})


def test_pool_timeout(go: Any, database: Any, clients: Any) -> None:
    errors = clients["asyncio"].errors

    async def work(client: Any) -> None:
        async with client.tx(timeout=timedelta(seconds=20)) as tx:
            await tx.user.create({"email": "a"})
            with pytest.raises(errors.DataError) as raised:
                await client.user.count()
            assert raised.value.code == "P2024"
            assert raised.value.meta == {"connection_limit": 1, "timeout": 1}
        assert await client.user.count() == 1

    go(work, datasource={"url": database.url("connection_limit=1&pool_timeout=1")})


@pytest.mark.parametrize(
    ("options", "level"),
    [
        ("", "read committed"),
        ("kaven_isolation=Serializable", "serializable"),
        ("kaven_isolation=repeatable-read", "repeatable read"),
        ("kaven_isolation=Serializable&pgbouncer=true", "serializable"),
    ],
)
def test_isolation_level(go: Any, database: Any, options: str, level: str) -> None:
    async def work(client: Any) -> None:
        async with client.tx() as tx:
            assert await tx.query_raw("SHOW transaction_isolation") == [{"transaction_isolation": level}]
        if "pgbouncer" not in options:
            assert await client.query_raw("SHOW transaction_isolation") == [{"transaction_isolation": level}]

    go(work, datasource={"url": database.url(options)})


def test_isolation_level_of_the_environment(start: Any) -> None:
    engine = start(KAVEN_ISOLATION="RepeatableRead")
    rows = engine.sql("SHOW transaction_isolation")["data"]["result"]["rows"]
    assert rows == [["repeatable read"]]


def test_conflict_of_serializable_transactions(go: Any, database: Any, clients: Any) -> None:
    errors = clients["asyncio"].errors

    async def work(client: Any) -> None:
        await client.user.create({"email": "a"})
        with pytest.raises(errors.DataError) as raised:
            async with client.tx() as tx:
                user = await tx.user.find_first()
                await client.user.update(where={"id": user.id}, data={"age": {"increment": 1}})
                await tx.user.update(where={"id": user.id}, data={"age": {"increment": 1}})
        assert raised.value.code == "P2034"
        assert (await client.user.find_first()).age == 1

    go(work, datasource={"url": database.url("kaven_isolation=Serializable")})


def test_commit_that_the_database_refuses(go: Any, database: Any, clients: Any) -> None:
    constraint = '"Post" ADD CONSTRAINT late UNIQUE (title) DEFERRABLE INITIALLY DEFERRED'

    async def work(client: Any) -> None:
        for _ in range(3):
            with pytest.raises(Exception, match="P2002") as raised:
                async with client.tx() as tx:
                    await tx.post.create({"title": "same"})
                    await tx.post.create({"title": "same"})
            assert type(raised.value).__name__ == "EngineRequestError"
        assert await client.post.count() == 0

    database.sql(f"ALTER TABLE {constraint}")
    try:
        go(work, datasource={"url": database.url("connection_limit=1&pool_timeout=2")})
    finally:
        database.sql('ALTER TABLE "Post" DROP CONSTRAINT late')


def test_connection_lost_inside(go: Any, database: Any, clients: Any) -> None:
    errors = clients["asyncio"].errors

    async def work(client: Any) -> None:
        with pytest.raises(errors.DataError) as raised:
            async with client.tx() as tx:
                await tx.user.create({"email": "a"})
                database.sql(KILL_OTHERS)
                await tx.user.create({"email": "b"})
        assert raised.value.code == "P1017"
        assert await client.user.count() == 0

    go(work)


def test_connection_lost_before_the_commit(go: Any, database: Any) -> None:
    async def work(client: Any) -> None:
        with pytest.raises(Exception, match="P1017"):
            async with client.tx() as tx:
                await tx.user.create({"email": "a"})
                database.sql(KILL_OTHERS)
        assert await client.user.count() == 0

    go(work, datasource={"url": database.url("connection_limit=1&pool_timeout=2")})


def test_unknown_transaction(engine: Any) -> None:
    for identity in ("nonsense", "c" + "a" * 24):
        error = engine.error(engine.ask("query { result: findManyUser { id } }", transaction=identity))
        assert error["error_code"] == "P2028"
        assert "Transaction not found" in error["message"]
        for action in ("commit", "rollback"):
            answer = engine.http.post(f"/transaction/{identity}/{action}")
            assert (answer.status_code, answer.json()["error_code"]) == (404, "P2028")


def test_engine_killed_inside(go: Any, database: Any, clients: Any) -> None:
    async def work(client: Any) -> None:
        with pytest.raises(Exception) as raised:  # noqa: PT011 - httpx's own, of several kinds
            async with client.tx() as tx:
                await tx.user.create({"email": "a"})
                client._engine.process.kill()
                client._engine.process.wait()
                await tx.user.create({"email": "b"})
        assert type(raised.value).__module__.startswith("httpx")
        deadline = time.monotonic() + 10
        while "idle in transaction" in database.sql("SELECT state FROM pg_stat_activity"):
            assert time.monotonic() < deadline
        await client.disconnect()
        await client.connect()
        assert await client.user.count() == 0
        assert (await client.user.create({"email": "c"})).email == "c"

    go(work)
