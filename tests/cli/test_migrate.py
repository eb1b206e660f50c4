"""`kaven migrate` as a user runs it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.url import DatabaseUrl
from tests.cli.conftest import Project
from tests.database.servers import database, query, shadow, shared_server

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["database", "shadow", "shared_server"]

NICK = ("phone   String?", "phone   String?\n  nick    String?")
COLUMN = "SELECT attname::text FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'nick'"
DEV = ("migrate", "dev", "--no-client")


@pytest.fixture
def migrating(project: Project, database: DatabaseUrl, shadow: DatabaseUrl) -> Project:
    """A project on a database of its own."""
    project.environment |= {"DATABASE_URL": str(database), "SHADOW_DATABASE_URL": str(shadow)}
    return project


def write(project: Project, name: str, sql: str) -> Path:
    folder = project.root / "prisma" / "migrations" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "migration.sql").write_text(sql, encoding="utf-8")
    return folder


def folders(project: Project) -> list[str]:
    """The names of the migrations without their times."""
    found = (project.root / "prisma" / "migrations").glob("*/migration.sql")
    return [path.parent.name[15:] for path in sorted(found)]


def applied(project: Project) -> list[str]:
    run = project.run("migrate", "status", "--json")
    found = json.loads(run.out)["migrations"]
    return [entry["name"] for entry in found if entry["state"] == "applied"]


def test_from_nothing_on_the_embedded_database(project: Project) -> None:
    for name in ("DATABASE_URL", "SHADOW_DATABASE_URL"):
        project.environment.pop(name, None)
    try:
        first = project.run(*DEV)
        assert first.code == 0, first.err
        assert folders(project)[0] == "kaven_init"
        assert project.run("migrate", "status").code == 0
        assert project.run("migrate", "diff", "--from", "database").out == "no difference\n"
        may = "select has_table_privilege('kaven_app', 'users', 'INSERT')"
        assert project.run("db", "psql", "-Atc", may).out == "t\n"
        left = "select count(*) from pg_database where datname like '%shadow%'"
        assert project.run("db", "psql", "-Atc", left).out == "0\n"
    finally:
        EmbeddedServer(project.root).down()


def test_development(migrating: Project, database: DatabaseUrl) -> None:
    assert migrating.run(*DEV).code == 0
    before = folders(migrating)
    idle = migrating.run(*DEV)
    assert idle.code == 0
    assert "nothing to migrate" in idle.err
    migrating.edit(migrating.extended, *NICK)
    run = migrating.run(*DEV, "--name", "add_nick")
    assert run.code == 0, run.err
    assert folders(migrating) == [*before, "dev_add_nick"]
    assert query(database, COLUMN) == [("nick",)]
    assert migrating.run("migrate", "status").code == 0
    assert migrating.run("migrate", "deploy").code == 0


def test_create_only(migrating: Project, database: DatabaseUrl) -> None:
    migrating.run(*DEV)
    migrating.edit(migrating.extended, *NICK)
    assert migrating.run(*DEV, "--name", "later", "--create-only").code == 0
    assert query(database, COLUMN) == []
    status = migrating.run("migrate", "status")
    assert status.code == 1
    assert "pending" in status.out
    assert migrating.run(*DEV).code == 0
    assert folders(migrating)[-1] == "dev_later"
    assert query(database, COLUMN) == [("nick",)]


def test_drift_stops_development(migrating: Project, database: DatabaseUrl) -> None:
    migrating.run(*DEV)
    query(database, "CREATE TABLE beside (id int PRIMARY KEY)")
    run = migrating.run(*DEV)
    assert run.code == 1
    assert "beside" in run.err
    script = migrating.run("migrate", "diff", "--to", "database", "--script")
    assert 'CREATE TABLE "public"."beside"' in script.out
    assert migrating.run("migrate", "diff", "--to", "database", "--check").code == 1


def test_schema_with_an_error_writes_nothing(migrating: Project) -> None:
    migrating.extend("model Broken {")
    run = migrating.run(*DEV)
    assert run.code == 1
    assert not (migrating.root / "prisma" / "migrations").exists()


def test_name_that_cannot_be(migrating: Project) -> None:
    run = migrating.run(*DEV, "--name", "Add Company")
    assert run.code == 2
    assert "migration_name_invalid" in run.err
    assert not (migrating.root / "prisma" / "migrations").exists()


def test_eight_at_once(migrating: Project, database: DatabaseUrl) -> None:
    for number in range(1, 5):
        write(migrating, f"2025010{number}000000_dev_t{number}", f"create table t{number} (x int);")
    write(migrating, "20250105000000_dev_i", "create index concurrently i on t1 (x);")
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: migrating.run("migrate", "deploy", "--json"), range(8)))
    assert [run.code for run in runs] == [0] * 8, [run.err for run in runs]
    done = [name for run in runs for name in json.loads(run.out)["applied"]]
    assert sorted(done) == sorted(set(done))
    assert len(done) == 5
    assert query(database, "SELECT count(*), count(finished_at) FROM _prisma_migrations") == [(5, 5)]


def test_fault_is_shown_at_its_line(migrating: Project) -> None:
    write(migrating, "20250101000000_dev_one", "create table a ();\n\nselect nothing;\n")
    run = migrating.run("migrate", "deploy")
    assert run.code == 1
    assert "prisma/migrations/20250101000000_dev_one/migration.sql:3:8" in run.err
    assert 'column "nothing" does not exist (42703)' in run.err
    assert "tried" in migrating.run("migrate", "status").out


def test_edited_missing_and_unknown_are_told(migrating: Project) -> None:
    one = write(migrating, "20250101000000_dev_one", "create table a ();")
    two = write(migrating, "20250102000000_dev_two", "create table b ();")
    assert migrating.run("migrate", "deploy").code == 0
    (one / "migration.sql").write_text("create table c ();", encoding="utf-8")
    (two / "migration.sql").unlink()
    two.rmdir()
    write(migrating, "20240101000000_dev_old", "create table d ();")
    for command in ("status", "deploy"):
        run = migrating.run("migrate", command)
        assert run.code == 1
        for rule in ("migration_unchanged", "migration_present", "migrations_in_order"):
            assert f"error[{rule}]" in run.err


def test_baseline(migrating: Project, database: DatabaseUrl) -> None:
    migrating.run("merge")
    script = migrating.run("migrate", "diff", "--from", "empty", "--script").out
    query(database, script)
    managed = migrating.run("migrate", "baseline")
    assert managed.code == 0, managed.err
    assert folders(migrating) == ["kaven_baseline"]
    assert migrating.run("migrate", "deploy").code == 0
    assert migrating.run(*DEV).code == 0
    again = migrating.run("migrate", "baseline")
    assert again.code == 1
    assert "has a record" in again.err


def test_baseline_of_a_database_that_differs(migrating: Project, database: DatabaseUrl) -> None:
    migrating.run("merge")
    query(database, "CREATE TABLE theirs (id int PRIMARY KEY)")
    run = migrating.run("migrate", "baseline")
    assert run.code == 1
    assert "theirs" in run.err
    assert not (migrating.root / "prisma" / "migrations").exists()


def test_states_that_can_be_compared(migrating: Project) -> None:
    migrating.run("merge")
    found = json.loads(migrating.run("migrate", "diff", "--from", "empty", "--json").out)
    assert found["differs"]
    assert "CREATE TABLE" in found["script"]
    same = migrating.run("migrate", "diff", "--from", "schema", "--to", "prisma/schema.prisma", "--check")
    assert same.code == 0
    unknown = migrating.run("migrate", "diff", "--to", "nonsense")
    assert unknown.code == 2
    assert "state_unknown" in unknown.err


def test_wrong_use(migrating: Project) -> None:
    assert migrating.run("migrate", "resolve").code == 2
    assert migrating.run("migrate", "resolve", "--applied", "a", "--edited", "b").code == 2
    unknown = migrating.run("migrate", "resolve", "--applied", "nothing")
    assert unknown.code == 2


def test_help_shows_examples(migrating: Project) -> None:
    for name in ("dev", "deploy", "status", "resolve", "diff", "baseline"):
        assert f"kaven migrate {name}" in migrating.run("migrate", name, "--help").out


@pytest.mark.parametrize("schema", ["theirs", "Their own"])
def test_schema_of_its_own(migrating: Project, database: DatabaseUrl, schema: str) -> None:
    """The second run compares what the first one made with what the migrations make elsewhere."""
    query(database, f'CREATE SCHEMA "{schema}"')
    migrating.environment["DATABASE_URL"] = str(database.with_schema(schema))
    for arguments in (("--name", "first"), ("--name", "second")):
        run = migrating.run("migrate", "dev", "--no-client", *arguments)
        assert (run.code, "error" in run.err) == (0, False), run.err
    tables = query(database, f"SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}'")
    assert tables[0][0] != 0
    assert [name[15:] for name in applied(migrating)] == ["kaven_init", "dev_first"]
