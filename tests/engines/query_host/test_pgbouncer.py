"""A real PgBouncer in transaction mode: each transaction may run on another connection of the server."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("query_host")]

PORT = 6432
SETTINGS = """\
[databases]
postgres = host={server} port=5432 user=postgres
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = 3
pidfile = {folder}/pid
logfile = {folder}/log
"""


@pytest.fixture(scope="module")
def bouncer(database: Any) -> Iterator[str]:
    """Its connection string."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "PgBouncer is missing: apt-get install pgbouncer"
    folder = Path(tempfile.mkdtemp(prefix="kaven-bouncer-"))
    folder.chmod(0o777)
    settings = folder / "pgbouncer.ini"
    settings.write_text(SETTINGS.format(server=database.socket, folder=folder, port=PORT), encoding="utf-8")
    # It refuses to be root; the server's own user is one that reaches the server's socket.
    user = ["-u", pwd.getpwuid(database.folder.stat().st_uid).pw_name] if os.geteuid() == 0 else []
    with subprocess.Popen([program, "-q", *user, str(settings)]) as process:
        try:
            deadline = time.monotonic() + 10
            while not (folder / f".s.PGSQL.{PORT}").exists():
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield f"postgresql://postgres@localhost:{PORT}/postgres?host={folder}"
        finally:
            process.kill()
    shutil.rmtree(folder)


def test_queries_and_transactions(go: Any, bouncer: str) -> None:
    async def work(client: Any) -> None:
        async def transact(number: int) -> None:
            with suppress(ZeroDivisionError):
                async with client.tx(max_wait=timedelta(seconds=20), timeout=timedelta(seconds=20)) as tx:
                    user = await tx.user.create({"email": f"{number}"})
                    await tx.user.update(where={"id": user.id}, data={"age": number})
                    assert (await tx.user.find_unique(where={"id": user.id})).age == number
                    if number % 2:
                        raise ZeroDivisionError

        await asyncio.gather(
            *(transact(number) for number in range(40)), *(client.user.count() for _ in range(40))
        )
        async with client.batch_() as batch:
            batch.user.create({"email": "b1"})
            batch.user.create({"email": "b2"})
        assert await client.user.count() == 22
        assert (await client.query_raw('SELECT count(*) FROM "User" WHERE age >= $1', 1))[0]["count"] == 19

    go(work, datasource={"url": f"{bouncer}&pgbouncer=true&connection_limit=10"})


def test_server_connections_are_shared(go: Any, bouncer: str, database: Any) -> None:
    """Ten of the engine's on three of the server's, without prepared statements that would stay behind."""

    async def work(client: Any) -> None:
        await asyncio.gather(*(client.query_raw("SELECT pg_sleep(0.02)::text") for _ in range(50)))
        backends = await client.query_raw(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = 'postgres' AND pid <> pg_backend_pid() "
            "AND state IS NOT NULL AND query LIKE '%pg_sleep%'"
        )
        assert backends[0]["count"] <= 3
        assert await client.query_raw("SELECT name FROM pg_prepared_statements") == []

    go(work, datasource={"url": f"{bouncer}&pgbouncer=true&connection_limit=10"})


def test_what_the_option_is_for(go: Any, bouncer: str, clients: Any) -> None:
    """Without it PgBouncer refuses the settings of the connection: the client says so at once."""
    with pytest.raises(clients["asyncio"].engine.errors.EngineConnectionError):
        go(count_users, datasource={"url": bouncer}, connect_timeout=timedelta(seconds=2))


async def count_users(client: Any) -> None:
    await client.user.count()


def test_isolation_level(go: Any, bouncer: str) -> None:
    async def work(client: Any) -> None:
        async with client.tx() as tx:
            assert await tx.query_raw("SHOW transaction_isolation") == [
                {"transaction_isolation": "serializable"}
            ]
        assert await client.query_raw("SHOW transaction_isolation") == [
            {"transaction_isolation": "read committed"}
        ]

    go(work, datasource={"url": f"{bouncer}&pgbouncer=true&kaven_isolation=Serializable"})
