"""Backups that are made, and those that must not be."""

from __future__ import annotations

import json
import os
import signal
import stat
import threading
import time
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.backup.creating import Purpose, create_backup
from kaven_schema.operations.backup.snapshot import one_at_a_time
from tests.database.servers import query
from tests.operations.backup.world import USERS, World, key_ring, program

pytestmark = pytest.mark.xdist_group("postgres")


def refused(world: World, rule: str) -> KavenError:
    """Nothing is to be seen of what failed."""
    with pytest.raises(KavenError) as caught:
        world.create()
    assert caught.value.rule == rule, caught.value.message
    assert caught.value.help
    assert world.files() == []
    return caught.value


def test_what_is_written_down(world: World) -> None:
    manifest = world.create()
    assert world.newest().manifest == replace(
        manifest,
        started=manifest.started.replace(microsecond=0),
        finished=manifest.finished.replace(microsecond=0),
    )
    assert manifest.contents.tables == {
        "public._prisma_migrations": 1,
        "public.tenants": 3,
        "public.users": USERS,
    }
    assert manifest.contents.migration == "20250101000000_kaven_init"
    assert manifest.contents.extensions == {"plpgsql": "1.0"}
    assert "kaven_owner" in manifest.contents.roles
    assert (manifest.server_major, manifest.dump_major, manifest.notes) == (16, 16, ())
    assert {kind: outline.count for kind, outline in manifest.contents.outlines.items()} == {
        "columns": 10,
        "constraints": 4,
        "indexes": 4,
        "triggers": 0,
        "policies": 0,
        "row security": 3,
        "views and sequences": 0,
        "functions": 0,
        "enum values": 2,
        "rights": 0,
        "large objects": 0,
    }
    for short, facts in manifest.objects.items():
        data = (world.folder / manifest.name / short).read_bytes()
        assert (facts.size, facts.sha256) == (len(data), sha256(data).hexdigest())
        assert (facts.stored_size, facts.stored_sha256, facts.key) == (facts.size, facts.sha256, "")


def test_in_the_clear_beside_encrypted_ones(world: World) -> None:
    """As a rule the key was forgotten, as in a shell of its own."""
    world.keys = key_ring("k1")
    sealed = world.create()
    world.keys = None
    with pytest.raises(KavenError) as caught:
        world.create()
    assert caught.value.rule == "backup_keys_missing"
    assert f"{sealed.name}, the newest backup" in caught.value.message
    assert len(world.catalogue().backups) == 1
    purpose = Purpose(store=world.store, keys=None, may_be_plain=True)
    create_backup(world.reader, purpose)
    world.create()
    assert len(world.catalogue().backups) == 3, "they are in the clear again, so that nothing is asked"


def test_a_database_without_a_table(empty_world: World) -> None:
    """As a rule it is another one than was meant."""
    purpose = Purpose(store=empty_world.store, keys=None)
    with pytest.raises(KavenError) as caught:
        create_backup(empty_world.reader, purpose)
    assert caught.value.rule == "backup_empty"
    assert empty_world.files() == []
    assert create_backup(empty_world.reader, replace(purpose, may_be_empty=True)).contents.rows == 0


def test_only_its_owner_may_read_it(world: World) -> None:
    world.create()
    modes = {stat.S_IMODE((world.folder / name).stat().st_mode) for name in world.files()}
    assert modes == {0o600}


def test_encrypted(world: World) -> None:
    world.keys = key_ring("k1")
    manifest = world.create()
    assert {facts.key for facts in manifest.objects.values()} == {"k1"}
    dump, roles = (world.path(short).read_bytes() for short in ("database.dump", "globals.sql"))
    assert b"PGDMP" not in dump[:4096]
    assert b"kaven_owner" not in roles
    assert sha256(dump).hexdigest() == manifest.objects["database.dump"].stored_sha256
    assert world.prove().rows == manifest.contents.rows


@pytest.mark.long
def test_counts_are_of_the_dumps_own_moment(world: World) -> None:
    """Rows come and go all the while; what is restored agrees to the row with what was counted."""
    stop = threading.Event()
    thread = threading.Thread(target=_write, args=(world, stop))
    thread.start()
    try:
        manifest = world.create()
    finally:
        stop.set()
        thread.join()
    assert manifest.contents.tables["public.users"] > USERS
    assert world.query("SELECT count(*) FROM users") != [(manifest.contents.tables["public.users"],)]
    assert world.prove().rows == manifest.contents.rows


def _write(world: World, stop: threading.Event) -> None:
    with psycopg.connect(world.owner.conninfo(), password=world.owner.password, autocommit=True) as inside:
        number = USERS
        while not stop.is_set():
            number += 1
            inside.execute("INSERT INTO users VALUES (%s, 1, 'new')", [number])
        inside.execute("INSERT INTO users VALUES (%s, 1, 'last')", [number + 1])


@pytest.mark.long
def test_an_empty_database(empty_world: World) -> None:
    assert empty_world.create().contents.tables == {}
    assert empty_world.prove().tables == 0


def test_rows_that_are_hidden(world: World) -> None:
    """By the wrong role a dump would be empty, or fail late; by kaven_backup it is whole."""
    world.query(
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY;"
        "CREATE POLICY own ON users USING (tenant_id = current_setting('app.tenant_id', true)::int)"
    )
    reader, world.reader = world.reader, world.owner
    error = refused(world, "backup_rows_hidden")
    assert "public.users" in error.message
    assert "kaven rls roles" in error.help
    world.reader = reader
    assert world.create().contents.tables["public.users"] == USERS
    assert world.prove().rows == USERS + 4


def test_a_right_that_is_missing(world: World) -> None:
    query(world.superuser, "CREATE TABLE foreign_one (id int); CREATE SEQUENCE theirs")
    world.reader = world.owner
    assert "public.foreign_one, public.theirs" in refused(world, "backup_read_refused").message


def test_one_at_a_time(world: World) -> None:
    with one_at_a_time(world.reader):
        assert "kaven backup, process" in refused(world, "backup_running").message
    world.create()


def test_through_a_pooler(world: World) -> None:
    world.reader = replace(world.reader, options={"pgbouncer": "true"})
    assert "DIRECT_URL" in refused(world, "backup_through_pooler").help


@pytest.mark.long
def test_timeouts_of_the_role_do_not_hold(world: World) -> None:
    world.reader = replace(
        world.reader, options={"options": "-c idle_in_transaction_session_timeout=1 -c statement_timeout=300"}
    )
    assert world.create().contents.tables["public.users"] == USERS


def test_pg_dump_is_killed_in_the_middle(world: World, own_programs: Path) -> None:
    """After half of its output: nothing of that is in the store, and no pipe hides how it ended."""
    real = (own_programs / "pg_dump").read_text(encoding="utf-8").split()[-2]
    program(own_programs, "pg_dump", f'{real} "$@" | head -c 60000; kill -KILL $$')
    assert "pg_dump was killed by signal 9" in refused(world, "backup_failed").message


def test_pg_dump_is_killed_while_it_waits(world: World) -> None:
    """The real one, found among this process's children."""
    with psycopg.connect(world.owner.conninfo(), password=world.owner.password) as blocking:
        blocking.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(target=_kill_waiting, args=(world, "pg_dump"))
        thread.start()
        try:
            assert "killed by signal 9" in refused(world, "backup_failed").message
        finally:
            thread.join()


def _kill_waiting(world: World, name: str) -> None:
    """The child of this process that waits for the lock, not one that only says its version."""
    deadline = time.monotonic() + 10
    waiting = f"SELECT 1 FROM pg_stat_activity WHERE application_name = '{name}' AND wait_event_type = 'Lock'"
    while not query(world.superuser, waiting):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            text = path.read_text(encoding="ascii", errors="replace")
            if f"({name})" in text and text.rpartition(")")[2].split()[1] == str(os.getpid()):
                os.kill(int(path.parent.name), signal.SIGKILL)


@pytest.mark.long
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'pg_dump: error: out of memory' >&2; exit 1", "out of memory"),
        ("exit 3", "ended with 3"),
        ("exit 0", "pg_restore"),
        ("echo not an archive", "input file"),
        ("head -c 3000000 /dev/zero >&2; exit 1", "ended with 1"),
    ],
    ids=["says why", "says nothing", "nothing, and well", "nonsense, and well", "floods stderr"],
)
def test_pg_dump_that_fails(world: World, own_programs: Path, script: str, said: str) -> None:
    program(own_programs, "pg_dump", script)
    assert said in refused(world, "backup_failed").message


def test_roles_that_cannot_be_had(world: World, own_programs: Path) -> None:
    program(own_programs, "pg_dumpall", "echo half; echo 'pg_dumpall: error: permission denied' >&2; exit 1")
    manifest = world.create()
    assert list(manifest.objects) == ["database.dump"]
    assert "permission denied" in manifest.notes[0]
    assert world.files() == [f"{manifest.name}/database.dump", f"{manifest.name}/manifest.json"]
    assert world.prove().rows == manifest.contents.rows


def test_password_is_no_argument(world: World, own_programs: Path, tmp_path: Path) -> None:
    said = tmp_path / "said"
    for name in ("pg_dump", "pg_dumpall"):
        program(own_programs, name, f'echo "$@" >> {said}; exit 1')
    refused(world, "backup_failed")
    assert world.reader.password not in said.read_text(encoding="utf-8")
    assert world.reader.database in said.read_text(encoding="utf-8")


def test_no_program_knows_the_server(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "old"
    for name in ("pg_dump", "pg_restore"):
        program(old, name, "exit 1", version=12)
    monkeypatch.setattr("kaven_schema.database.programs.places", lambda: [old])
    assert "postgresql-client-16" in refused(world, "backup_program_missing").help


@pytest.mark.long
def test_the_server_goes_away(world: World, own_programs: Path) -> None:
    """The connection that holds the snapshot is ended while the dump is written."""
    real = (own_programs / "pg_dump").read_text(encoding="utf-8").split()[-2]
    end = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'kaven backup'"
    url = world.superuser
    psql = f'PGPASSWORD={url.password} psql -qAt -h {url.host} -U {url.user} -c "{end}" postgres >&2'
    program(own_programs, "pg_dump", f'{real} "$@" || exit 1\n{psql}')
    refused(world, "database_lost")


@pytest.mark.long
def test_manifest_is_the_last(world: World, own_programs: Path) -> None:
    """What is stopped before it is no backup, and is not listed as one."""
    world.create()
    content = world.path("manifest.json").read_bytes()
    folder = world.folder / world.newest().name
    (folder / "manifest.json").unlink()
    assert world.catalogue().backups == ()
    assert [stored.name.partition("/")[2] for stored in world.catalogue().unfinished] == [
        "database.dump",
        "globals.sql",
    ]
    (folder / "manifest.json").write_bytes(content)
    assert json.loads(content)["name"] == world.newest().name
