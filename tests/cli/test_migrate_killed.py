"""`kaven migrate deploy` ended from outside, at each moment that a script has."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from kaven_schema.database.connection import connect
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.migrations.catalog import read_catalog
from kaven_schema.database.migrations.deploy import DeployOptions, deploy
from kaven_schema.database.migrations.folder import read_folder
from kaven_schema.database.url import DatabaseUrl
from tests.cli.conftest import Project
from tests.database.servers import database, query, shadow, shared_server

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["database", "shadow", "shared_server"]

NAME = "20250102000000_dev_two"
GATE = "select pg_advisory_xact_lock_shared(42);"
WAITING = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted"
DEPLOYING = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 72707369"
TOGETHER = [
    ("create table a (x int);", "drop table a;"),
    ("insert into kept select g from generate_series(1, 5) g;", "delete from kept where id <= 5;"),
    ("create index a_x on a (x);", "drop index a_x;"),
    ("insert into a values (1), (2);", "truncate a;"),
]
APART = [
    ("create table a (x int);", "drop table a;"),
    ("insert into a values (1), (2);", "truncate a;"),
    ("create index concurrently a_x on a (x);", "drop index a_x;"),
    ("insert into kept values (7);", "delete from kept where id = 7;"),
    ("create index concurrently kept_id on kept (id);", "drop index kept_id;"),
    ("create table b (x int);", "drop table b;"),
]
ACCEPTED = f"""\
[[break]]
migration = "{NAME}"
rule = "concurrently_alone"
reason = "a test of what is committed in parts"
expires = 2999-12-31
"""


class Victim:
    """A project whose first migration is applied, and whose second waits at a gate for its end."""

    def __init__(self, project: Project, database: DatabaseUrl) -> None:
        self.project = project
        self.database = database
        project.environment["DATABASE_URL"] = str(database)
        self.write("20250101000000_dev_one", "create table kept (id int);")
        self.deploy()

    def write(self, name: str, sql: str) -> Path:
        folder = self.project.root / "prisma" / "migrations" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "migration.sql").write_text(sql, encoding="utf-8")
        (folder.parent / "accepted-breaks.toml").write_text(ACCEPTED if "concurrently" in sql else "")
        return folder

    def script(self, statements: list[tuple[str, str]], gate: int | None = None) -> None:
        lines = [statement for statement, _ in statements]
        if gate is not None:
            lines.insert(gate, GATE)
        self.write(NAME, "\n".join(lines))

    def deploy(self) -> None:
        """In this process."""
        folder = read_folder(self.project.root / "prisma" / "migrations")
        assert not deploy(self.database, folder, DeployOptions()).diagnostics

    @contextmanager
    def at_the_gate(self) -> Iterator[subprocess.Popen[str]]:
        """A deploy that has come so far."""
        gate = psycopg.connect(self.database.conninfo(), password=self.database.password, autocommit=True)
        with closing(gate):
            gate.execute("SELECT pg_advisory_lock(42)")
            process = self.project.start("migrate", "deploy", stderr=subprocess.PIPE)
            with process:
                try:
                    until(lambda: query(self.database, WAITING))
                    yield process
                finally:
                    process.kill()

    def end(self, number: int = signal.SIGKILL) -> None:
        with self.at_the_gate() as process:
            process.send_signal(number)
            process.wait(timeout=30)
            until(lambda: not query(self.database, DEPLOYING))

    def state(self) -> tuple[object, ...]:
        with connect(self.database) as connection:
            catalog = read_catalog(connection)
        rows = [sorted(query(self.database, f"SELECT * FROM {table}")) for table in ("kept", "a")]
        done = "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY 1"
        return catalog, rows, query(self.database, done)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


@pytest.fixture
def victim(project: Project, database: DatabaseUrl) -> Victim:
    return Victim(project, database)


@pytest.fixture
def undisturbed(tmp_path: Path, project: Project, shadow: DatabaseUrl) -> Victim:
    """The same on a database of its own."""
    return Victim(Project(tmp_path / "undisturbed", dict(project.environment)), shadow)


@pytest.mark.parametrize("after", range(len(TOGETHER) + 1))
def test_in_a_transaction_nothing_is_left(victim: Victim, undisturbed: Victim, after: int) -> None:
    undisturbed.script(TOGETHER)
    undisturbed.deploy()
    victim.script(TOGETHER, gate=after)
    victim.end()
    assert query(victim.database, "SELECT to_regclass('a')") == [(None,)]
    assert query(victim.database, "SELECT * FROM kept") == []
    status = victim.project.run("migrate", "status")
    assert status.code == 1
    assert f"pending   {NAME}" in status.out
    assert victim.project.run("migrate", "deploy").code == 0
    assert victim.state() == undisturbed.state()
    assert victim.project.run("migrate", "status").code == 0


@pytest.mark.parametrize("after", range(len(APART) + 1))
def test_in_parts_the_record_says_how_far(victim: Victim, undisturbed: Victim, after: int) -> None:
    """What is said to be done is undone by hand; then deploy makes what it would have made at once."""
    undisturbed.script(APART)
    undisturbed.deploy()
    victim.script(APART, gate=after)
    victim.end()
    status = victim.project.run("migrate", "status")
    assert status.code == 1
    assert f"failed    {NAME}" in status.out
    assert f"kaven migrate resolve --rolled-back {NAME}" in status.err
    told = re.search(
        r"(\d+) of (\d+) statements are done, the next one is at \S+migration.sql:(\d+)", status.err
    )
    assert told, status.err
    done, total, line = map(int, told.groups())
    assert (total, line) == (len(APART) + 1, done + 1)
    refused = victim.project.run("migrate", "deploy")
    assert refused.code == 1
    assert "error[migration_finished]" in refused.err
    for _, undo in reversed(APART[:done]):
        query(victim.database, undo)
    assert victim.project.run("migrate", "resolve", "--rolled-back", NAME).code == 0
    assert victim.project.run("migrate", "deploy").code == 0
    assert victim.state() == undisturbed.state()
    assert victim.project.run("migrate", "status").code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop(victim: Victim, number: int) -> None:
    victim.script(TOGETHER, gate=2)
    victim.end(number)
    assert query(victim.database, "SELECT to_regclass('a')") == [(None,)]
    assert victim.project.run("migrate", "deploy").code == 0


def test_status_while_it_runs(victim: Victim) -> None:
    victim.script(APART, gate=3)
    with victim.at_the_gate():
        status = victim.project.run("migrate", "status")
    assert f"running   {NAME}" in status.out
    assert "a deploy is under way: kaven, process" in status.out


def test_server_that_goes_down(project: Project) -> None:
    """In the middle of a deploy, as in a power cut; the next command starts it again."""
    server = EmbeddedServer(project.root)
    try:
        server.up()
        victim = Victim(project, server.url(Role.OWNER))
        del project.environment["DATABASE_URL"]
        victim.script(TOGETHER, gate=2)
        with victim.at_the_gate() as process:
            running = server.running()
            assert running
            os.kill(running.pid, signal.SIGQUIT)  # at once: no transaction ends, nothing is written out
            _, said = process.communicate(timeout=60)
        assert process.returncode == 3, said
        assert "error[database_lost]" in said
        assert "what was not committed is undone" in said
        assert project.run("migrate", "status").code == 1
        assert query(server.url(Role.OWNER), "SELECT to_regclass('a')") == [(None,)]
        assert project.run("migrate", "deploy").code == 0
    finally:
        server.down()
