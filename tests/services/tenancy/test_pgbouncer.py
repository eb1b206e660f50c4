"""Two tenants through a real PgBouncer in transaction mode, on two connections of the server."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.embedded.identity import server_identity
from kaven_schema.database.url import DatabaseUrl
from tests.database.servers import query
from tests.services.tenancy.test_row_level_security import interleaved
from tests.services.tenancy.worlds import World

pytestmark = [
    pytest.mark.long,
    pytest.mark.xdist_group("postgres"),
    pytest.mark.filterwarnings("ignore:Passing an int:DeprecationWarning"),
]

SETTINGS = """\
[databases]
{app.database} = host={app.host} port={app.port} user={app.user} password={app.password}
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = 6433
auth_type = any
pool_mode = transaction
default_pool_size = 2
pidfile = {folder}/pid
logfile = {folder}/log
"""


@pytest.fixture
def bouncer(protected_world: World, shared_server: EmbeddedServer) -> Iterator[DatabaseUrl]:
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "PgBouncer is missing: apt-get install pgbouncer"
    app = protected_world.app
    folder = Path(tempfile.mkdtemp(prefix="kaven-bouncer-"))
    folder.chmod(0o777)
    settings = folder / "pgbouncer.ini"
    settings.write_text(SETTINGS.format(app=app, folder=folder), encoding="utf-8")
    # It refuses to be root; the server's own user is one that reaches the server's socket.
    identity = server_identity(shared_server.layout.data)
    command, options = identity.command([program, "-q", settings], [Path(app.host)])
    with subprocess.Popen(command, **options) as process:
        try:
            deadline = time.monotonic() + 10
            while not (folder / ".s.PGSQL.6433").exists():
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            wanted = {"pgbouncer": "true", "connection_limit": "10"}
            yield replace(app, host=str(folder), port="6433", password="", options=wanted)
        finally:
            process.kill()
    shutil.rmtree(folder)


def test_no_tenant_is_left_on_a_connection(protected_world: World, bouncer: DatabaseUrl) -> None:
    """PgBouncer shares two connections; those of other tests were there before it was asked for any."""
    ((moment,),) = query(protected_world.owner, "SELECT clock_timestamp()::text")

    async def work(client: Any) -> None:
        await interleaved(protected_world, client, 60)
        backends = (
            "SELECT count(DISTINCT pid)::int AS n FROM pg_stat_activity"
            f" WHERE usename = 'kaven_app' AND backend_start > '{moment}'"
        )
        assert 1 <= (await client.query_raw(backends))[0]["n"] <= 2

    protected_world.run(work, bouncer)
