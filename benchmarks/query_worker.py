"""A process that asks the same query again and again, one way or another, and says what it took.

Reads lines `AT_ONCE QUERIES` and answers each with a line of JSON: seconds on the clock, and of processor time in
this process, in the engine and in PostgreSQL. `0 QUERIES` asks the engine what needs no engine: HTTP alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

from kaven_schema.database.url import DatabaseUrl, parse_url

EMAIL = "ada@example.org"
CONNECTIONS = (os.cpu_count() or 1) * 2 + 1
"""As many as Prisma's engine opens by itself; all have the same."""

# Until Node has compiled what is used most.
_WARM = 1500

Ask = Callable[[], Awaitable[object]]


def processor_seconds(*processes: int) -> float:
    """Of processes and their threads, as the scheduler of Linux counts them."""
    total = 0
    for process in processes:
        for task in Path(f"/proc/{process}/task").glob("*/schedstat"):
            with suppress(OSError):
                total += int(task.read_text().split()[0])
    return total / 1e9


def children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [int(child) for child in text.split()]


class Way(ABC):
    """One way to the row with the e-mail address EMAIL in `users`."""

    engine = 0
    """The process of Prisma's engine."""
    query = ""
    """What is sent to it."""

    def __init__(self, url: str) -> None:
        self.url = url

    @abstractmethod
    async def open(self) -> Ask:
        """What asks once."""

    @abstractmethod
    async def close(self) -> None: ...


class PrismaClient(Way):
    async def open(self) -> Ask:
        from db import Prisma  # type: ignore[import-not-found]

        self.client: Any = Prisma(datasource={"url": self.url})
        await self.client.connect()
        self.engine = self.client._engine.process.pid  # noqa: SLF001 - only it knows
        user = {"email": EMAIL, "name": "Ada", "passwordHash": "x"}
        found = await self.client.user.upsert(where={"email": EMAIL}, data={"create": user, "update": {}})
        builder = self.client._make_query_builder(  # noqa: SLF001 - as its actions do
            method="find_unique",
            arguments={"where": {"id": found.id}},
            model=type(found),
            root_selection=None,
        )
        self.query = builder.build_query()
        users, where = self.client.user, {"id": found.id}
        return lambda: users.find_unique(where=where)

    async def only_http(self) -> None:
        await self.client._engine.request("GET", "/server_info")  # noqa: SLF001 - no query is as short

    async def close(self) -> None:
        await self.client.disconnect()


class SqlAlchemy(Way):
    async def open(self) -> Ask:
        from sqlalchemy import MetaData, Table, select
        from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
        from sqlalchemy.orm import registry

        place: DatabaseUrl = parse_url(self.url, "the benchmark")
        self.pool = create_async_engine(
            "postgresql+asyncpg://",
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=60,
            connect_args={
                "host": place.host,
                "port": int(place.port),
                "user": place.user,
                "password": place.password,
                "database": place.database,
            },
        )
        metadata = MetaData()
        async with self.pool.connect() as connection:
            await connection.run_sync(lambda sync: Table("users", metadata, autoload_with=sync))
        users = metadata.tables["users"]
        user = type("User", (), {})
        registry().map_imperatively(user, users)
        session = async_sessionmaker(self.pool, expire_on_commit=False)
        async with session() as first:
            key = await first.scalar(select(users.c.id).where(users.c.email == EMAIL))

        async def ask() -> object:
            async with session() as one:
                return await one.get(user, key)

        return ask

    async def close(self) -> None:
        await self.pool.dispose()


class Psycopg(Way):
    async def open(self) -> Ask:
        import psycopg
        from psycopg.rows import dict_row

        parameters: dict[str, Any] = parse_url(self.url, "the benchmark").connection_parameters()
        self.idle: asyncio.LifoQueue[psycopg.AsyncConnection[dict[str, Any]]] = asyncio.LifoQueue()
        for _ in range(CONNECTIONS):
            made = await psycopg.AsyncConnection.connect(**parameters, autocommit=True, row_factory=dict_row)
            self.idle.put_nowait(made)
        idle = self.idle
        select = "SELECT * FROM users WHERE id = %s"

        async def ask() -> object:
            connection = await idle.get()
            try:
                return await (await connection.execute(select, (key,))).fetchone()
            finally:
                idle.put_nowait(connection)

        connection = idle.get_nowait()
        row = await (await connection.execute("SELECT id FROM users WHERE email = %s", (EMAIL,))).fetchone()
        idle.put_nowait(connection)
        assert row
        key = row["id"]
        return ask

    async def close(self) -> None:
        while not self.idle.empty():
            await self.idle.get_nowait().close()


WAYS: dict[str, type[Way]] = {"client": PrismaClient, "sqlalchemy": SqlAlchemy, "psycopg": Psycopg}


async def ask_often(ask: Ask, at_once: int, queries: int) -> float:
    async def some(count: int) -> None:
        for _ in range(count):
            await ask()

    began = perf_counter()
    await asyncio.gather(*(some(queries // at_once) for _ in range(at_once)))
    return perf_counter() - began


async def serve(way: Way, server: int) -> None:
    ask = await way.open()
    await ask_often(ask, 50, _WARM)
    print(json.dumps({"query": way.query}), flush=True)
    for line in sys.stdin:
        at_once, queries = map(int, line.split())
        http_alone = at_once == 0 and isinstance(way, PrismaClient)
        processes = (os.getpid(), *([way.engine] if way.engine else ()))
        asked: Ask = way.only_http if isinstance(way, PrismaClient) and http_alone else ask
        await ask_often(asked, at_once or 1, at_once)  # connections that were idle for long are opened again
        before = [*map(processor_seconds, processes), processor_seconds(*children(server))]
        wall = await ask_often(asked, at_once or 1, queries)
        after = [*map(processor_seconds, processes), processor_seconds(*children(server))]
        client, *engine, postgres = [now - then for now, then in zip(after, before, strict=True)]
        answer = {"wall": wall, "client": client, "engine": sum(engine), "postgres": postgres}
        print(json.dumps(answer), flush=True)
    await way.close()


if __name__ == "__main__":
    kind, url, server = sys.argv[1:]
    asyncio.run(serve(WAYS[kind](url), int(server)))
