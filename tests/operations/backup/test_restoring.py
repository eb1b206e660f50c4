"""Restores: what takes the place of what, and what must never happen to the database in use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.backup.choosing import Wish, choose
from kaven_schema.operations.backup.cluster import Mark, State, maintenance, one_restore, read_mark
from kaven_schema.operations.backup.restoring import Losses, RestoreOptions, drop_old
from tests.database.servers import query
from tests.operations.backup.world import USERS, World, key_ring, program
from tests.running import environment

pytestmark = pytest.mark.xdist_group("postgres")
COUNT = "SELECT count(*) FROM users"


def refused(world: World, rule: str, options: RestoreOptions | None = None) -> KavenError:
    """The database in use is as it was, and nothing is beside it."""
    before = world.query(COUNT)
    with pytest.raises(KavenError) as caught:
        world.restore(options)
    assert caught.value.rule == rule, caught.value.message
    assert caught.value.help
    assert world.query(COUNT) == before
    assert world.databases() == [world.owner.database]
    assert list((world.root / ".kaven").glob("restoring/*")) == []
    return caught.value


def test_the_old_one_stays_beside(world: World) -> None:
    world.create()
    world.query(
        "DELETE FROM users; DELETE FROM tenants; CREATE TABLE later (id int); INSERT INTO later VALUES (1)"
    )
    told: list[Losses] = []
    done = world.restore(RestoreOptions(root=world.root, ask=told.append))
    assert world.query(COUNT) == [(USERS,)]
    assert world.databases() == sorted([world.owner.database, done.before])
    assert query(world.owner.with_database(done.before), "SELECT * FROM later") == [(1,)]
    assert [tuple(change) for change in told[0].changes or ()] == [
        ("public.later", 1, -1),
        ("public.tenants", 0, 3),
        ("public.users", 0, USERS),
    ]
    drop_old(world.superuser, done.before)
    assert world.databases() == [world.owner.database]


def test_everything_is_as_it_was(world: World) -> None:
    """Owners, rights, settings of the database, sequences, and that the planner knows the tables."""
    name = world.owner.database
    query(
        world.superuser,
        f"GRANT SELECT ON users TO kaven_app; REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
        f"GRANT CONNECT ON DATABASE {name} TO kaven_app, kaven_backup;"
        f"ALTER DATABASE {name} SET search_path TO \"$user\", public, 'odd, name';"
        f"ALTER DATABASE {name} SET statement_timeout TO '77s';"
        f"ALTER ROLE kaven_app IN DATABASE {name} SET work_mem TO '7MB'",
    )
    world.query("CREATE SEQUENCE numbers; SELECT setval('numbers', 41)")
    asked = [
        "SELECT tableowner, has_table_privilege('kaven_app', 'users', 'SELECT') FROM pg_tables ORDER BY tablename",
        f"""SELECT (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(datacl) x)
        FROM pg_database WHERE datname = '{name}'""",
        f"""SELECT setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase
        WHERE datname = '{name}' ORDER BY setrole""",
    ]
    before = [world.query(sql) for sql in asked]
    world.create()
    world.restore()
    assert [world.query(sql) for sql in asked] == before
    assert world.query("SELECT nextval('numbers')") == [(42,)]
    assert world.query("SELECT reltuples::int FROM pg_class WHERE relname = 'users'") == [(USERS,)]
    assert comment(world, name) is None


def comment(world: World, name: str) -> str | None:
    sql = f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"
    ((found,),) = query(world.superuser, sql)
    return None if found is None else str(found)


@pytest.mark.long
def test_encrypted(world: World) -> None:
    world.keys = key_ring("k1")
    world.create()
    world.query("DELETE FROM users")
    world.restore()
    assert world.query(COUNT) == [(USERS,)]


@pytest.mark.long
def test_under_another_name(world: World) -> None:
    world.create()
    url = world.superuser.with_database(f"{world.owner.database}_beside")
    assert world.restore(url=url).before == ""
    assert query(url, COUNT) == [(USERS,)]
    assert world.databases() == [world.owner.database, url.database]
    with pytest.raises(KavenError) as caught:
        world.restore(RestoreOptions(root=world.root, beside=True), url=url)
    assert caught.value.rule == "backup_database_exists"


@pytest.mark.long
def test_who_says_no(world: World) -> None:
    world.create()

    def ask(_: Losses) -> None:
        raise KavenError("no", "no", help="no")

    refused(world, "no", RestoreOptions(root=world.root, ask=ask))


@contextmanager
def connected(world: World) -> Iterator[psycopg.Connection]:
    url = world.owner
    with psycopg.connect(
        url.conninfo(), password=url.password, autocommit=True, application_name="shop"
    ) as inside:
        yield inside


def test_in_use(world: World) -> None:
    world.create()
    with connected(world):
        assert "kaven_owner (shop)" in refused(world, "database_in_use").message


def test_sessions_are_ended_when_told(world: World) -> None:
    world.create()
    world.query("DELETE FROM users")
    with connected(world) as inside:
        world.restore(RestoreOptions(root=world.root, end_sessions=True))
        with pytest.raises(psycopg.OperationalError):
            inside.execute("SELECT 1")
    assert world.query(COUNT) == [(USERS,)]


@pytest.mark.long
def test_an_application_that_connects_again_and_again(world: World) -> None:
    """A pool that does not give up never meets a database that is not there."""
    world.create()
    world.query("DELETE FROM users WHERE id > 10")
    code = (
        "import psycopg, sys, time\nend = time.time() + 30\nseen = set()\nwhile time.time() < end:\n"
        "    try:\n        with psycopg.connect(sys.argv[1], autocommit=True) as c:\n"
        "            seen.add(c.execute('select count(*) from users').fetchone()[0])\n"
        "    except psycopg.errors.InvalidCatalogName as e:\n        print('gone', e)\n"
        "    except psycopg.OperationalError as e:\n"
        "        if 'does not exist' in str(e) and 'renamed' not in str(e): print('gone', e)\n"
        f"    if {USERS} in seen: break\n"
        "print(sorted(seen))\n"
    )
    address = f"{world.owner.conninfo()} password='{world.owner.password}'"
    with subprocess.Popen(
        [sys.executable, "-c", code, address], stdout=subprocess.PIPE, text=True, env=environment()
    ) as pool:
        try:
            world.restore(RestoreOptions(root=world.root, end_sessions=True))
            said, _ = pool.communicate(timeout=40)
        finally:
            pool.kill()
    assert said == f"[10, {USERS}]\n"


@pytest.mark.long
def test_who_may_not_end_them(world: World) -> None:
    """kaven_owner may make and rename databases, and end his own sessions, not a superuser's."""
    world.create()
    options = RestoreOptions(root=world.root, end_sessions=True)
    address, password = world.superuser.conninfo(), world.superuser.password
    with psycopg.connect(address, password=password), pytest.raises(KavenError) as caught:
        world.restore(options, url=world.owner)
    assert caught.value.rule == "backup_sessions_not_ended"
    assert len(world.databases()) == 2, "the restored one waits for the next run"
    notes: list[str] = []
    world.query("DELETE FROM users")
    world.restore(replace(options, notify=notes.append), url=world.owner)
    assert "was restored by an earlier run" in notes[0]
    assert world.query(COUNT) == [(USERS,)]


def test_who_may_not_make_databases(world: World) -> None:
    world.create()
    with pytest.raises(KavenError) as caught:
        world.restore(url=world.reader)
    assert caught.value.rule == "backup_restore_refused"
    assert world.databases() == [world.owner.database]


def test_of_a_newer_postgresql(world: World) -> None:
    world.create()
    world.edit_manifest(server_version=170002)
    error = refused(world, "backup_newer_than_server")
    assert "is of PostgreSQL 17, this server is 16" in error.message


@pytest.mark.long
@pytest.mark.parametrize("at", [0, 5000, -1])
def test_a_damaged_dump(world: World, at: int) -> None:
    from tests.operations.backup.world import flip

    world.create()
    flip(world.path("database.dump"), at)
    refused(world, "backup_object_corrupt")


def test_a_manifest_that_lies(world: World) -> None:
    world.create()
    world.edit_manifest(**{"contents__tables__public.users": 7})
    assert f"public.users has {USERS} rows, the backup 7" in refused(world, "backup_restore_differs").message


def test_a_manifest_that_was_forged(world: World) -> None:
    world.keys = key_ring("k1")
    world.create()
    world.edit_manifest(**{"contents__tables__public.users": 7})
    (name, error), *_ = world.catalogue().unreadable
    assert error.rule == "backup_document_forged"
    with pytest.raises(KavenError) as caught:
        choose(world.catalogue(), name, Wish(where="here"))
    assert caught.value is not error
    assert caught.value.rule == "backup_document_forged"


@pytest.mark.long
def test_made_without_a_key(world: World) -> None:
    world.create()
    world.keys = key_ring("k1")
    refused(world, "backup_unprotected")
    world.restore(RestoreOptions(root=world.root, unprotected=True))


@pytest.mark.long
def test_pg_restore_fails_in_the_middle(world: World, own_programs: Path) -> None:
    world.create()
    real = (own_programs / "pg_restore").read_text(encoding="utf-8").split()[-2]
    program(own_programs, "pg_restore", f'{real} --section=pre-data "$@"; kill -KILL $$')
    assert "killed by signal 9" in refused(world, "backup_restore_failed").message


@pytest.mark.long
def test_an_extension_that_the_server_lacks(world: World, own_programs: Path) -> None:
    world.create()
    said = 'could not open extension control file \\"/x/extension/citext.control\\": No such file'
    program(own_programs, "pg_restore", f'echo "pg_restore: error: {said}" >&2; exit 1')
    assert "install the extension citext" in refused(world, "backup_restore_failed").help


def test_one_at_a_time(world: World) -> None:
    world.create()
    with maintenance(world.superuser) as connection, one_restore(connection, world.owner.database):
        refused(world, "backup_restore_running")


def test_a_database_is_not_renamed_from_inside(world: World) -> None:
    for database, other in (("postgres", "template1"), ("template1", "postgres"), ("app", "postgres")):
        with maintenance(world.superuser.with_database(database)) as connection:
            assert connection.info.dbname == other


def test_what_bears_no_mark_is_left_alone(world: World) -> None:
    world.create()
    beside = f"{world.owner.database}_restore_20250101000000"
    query(world.superuser, f"CREATE DATABASE {beside} TEMPLATE template0")
    notes: list[str] = []
    world.restore(RestoreOptions(root=world.root, notify=notes.append))
    assert "drop it yourself" in notes[0]
    assert beside in world.databases()


def test_only_what_a_restore_put_aside_is_dropped(world: World) -> None:
    with pytest.raises(KavenError) as caught:
        drop_old(world.superuser, world.owner.database)
    assert caught.value.rule == "backup_not_put_aside"


@pytest.mark.long
def test_roles_that_the_cluster_lacks(world: World) -> None:
    query(world.superuser, "CREATE ROLE backup_test_lost LOGIN; GRANT SELECT ON users TO backup_test_lost")
    world.create()
    query(world.superuser, "DROP OWNED BY backup_test_lost; DROP ROLE backup_test_lost")
    done = world.restore()
    try:
        can = "SELECT has_table_privilege('backup_test_lost', 'users', 'SELECT'), rolcanlogin FROM pg_roles"
        assert world.query(f"{can} WHERE rolname = 'backup_test_lost'") == [(True, True)]
    finally:
        query(world.superuser, "DROP OWNED BY backup_test_lost; DROP ROLE backup_test_lost")
    assert done.before


class Victim:
    """`kaven backup restore` as a process, which waits at a gate in its pg_restore."""

    def __init__(self, world: World, programs: Path) -> None:
        self.world = world
        self.reached, self.gate = world.root / "reached", world.root / "gate"
        self.real = (programs / "pg_restore").read_text(encoding="utf-8").split()[-2]
        self.programs = programs
        (world.root / "kaven.toml").write_text("")

    @contextmanager
    def at(self, script: str) -> Iterator[subprocess.Popen[str]]:
        wait = f"touch {self.reached}; while [ ! -e {self.gate} ]; do sleep 0.05; done"
        program(self.programs, "pg_restore", script.format(real=f'{self.real} "$@"', wait=wait))
        variables = {"DATABASE_URL": str(self.world.superuser), "KAVEN_BACKUPS": str(self.world.folder)}
        with subprocess.Popen(
            [sys.executable, "-m", "kaven_schema", "backup", "restore", "--yes"],
            cwd=self.world.root,
            env=environment() | variables,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                until(self.reached.exists)
                yield process
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


@pytest.fixture
def victim(world: World, own_programs: Path) -> Victim:
    world.create()
    world.query("DELETE FROM users WHERE id > 10")
    return Victim(world, own_programs)


@pytest.mark.long
@pytest.mark.parametrize(
    "script",
    ["{wait}; {real}", "{real} --section=pre-data; {wait}", "{real}; {wait}"],
    ids=["before", "in", "after"],
)
def test_killed_while_it_fills(victim: Victim, script: str) -> None:
    """The old one stands; the next run drops what was begun."""
    world = victim.world
    with victim.at(script) as process:
        process.kill()
        process.wait(timeout=30)
    assert world.query(COUNT) == [(10,)]
    assert len(world.databases()) == 2
    assert len(list((world.root / ".kaven" / "restoring").iterdir())) == 1
    notes: list[str] = []
    program(victim.programs, "pg_restore", f'exec {victim.real} "$@"')
    done = world.restore(RestoreOptions(root=world.root, notify=notes.append))
    assert "left unfinished, is dropped" in notes[0]
    assert world.query(COUNT) == [(USERS,)]
    assert world.databases() == sorted([world.owner.database, done.before])
    assert list((world.root / ".kaven" / "restoring").iterdir()) == []


def test_killed_while_it_renames(victim: Victim) -> None:
    """Somebody has connected meanwhile, so that the rename waits; the next run takes what is whole."""
    world = victim.world
    with victim.at("{wait}; exec {real}") as process:
        with connected(world):
            victim.gate.touch()
            renaming = (
                "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'ALTER DATABASE%' AND state = 'active'"
            )
            until(lambda: query(world.superuser.with_database("postgres"), renaming))
            process.kill()
            process.wait(timeout=30)
        until(lambda: not query(world.superuser.with_database("postgres"), renaming))
    assert world.query(COUNT) == [(10,)]
    beside = [name for name in world.databases() if name != world.owner.database]
    assert read_mark(comment(world, beside[0])) == Mark(
        world.owner.database, world.newest().name, State.WHOLE
    )
    notes: list[str] = []
    world.restore(RestoreOptions(root=world.root, notify=notes.append))
    assert "was restored by an earlier run, whole" in notes[0]
    assert world.query(COUNT) == [(USERS,)]
