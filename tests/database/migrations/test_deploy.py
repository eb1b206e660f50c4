"""Deploying to a real database, in this process."""

from __future__ import annotations

import psycopg
import pytest

from kaven_schema.database.connection import connect
from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.migrations.deploy import Deployment, DeployOptions, deploy, look
from kaven_schema.database.migrations.folder import MigrationsFolder, read_folder
from kaven_schema.database.migrations.lock import migration_lock
from kaven_schema.database.url import DatabaseUrl, parse_url
from kaven_schema.diagnostics import KavenError, Severity
from tests.database.migrations.conftest import Write
from tests.database.servers import query, superuser

pytestmark = pytest.mark.xdist_group("postgres")


def run(url: DatabaseUrl, folder: MigrationsFolder, **options: bool) -> Deployment:
    return deploy(url, folder, DeployOptions(patience=5, **options))


def rules(deployment: Deployment) -> list[str]:
    return [found.rule for found in deployment.diagnostics if found.severity is Severity.ERROR]


def names(deployment: Deployment) -> list[str]:
    return [name.split("_", 2)[2] for name in deployment.applied]


def tables(url: DatabaseUrl) -> set[object]:
    found = query(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name for (name,) in found} - {"_prisma_migrations"}


def test_all_then_none(database: DatabaseUrl, write: Write) -> None:
    folder = write(one="create table a();", two="create table b();")
    assert names(run(database, folder)) == ["one", "two"]
    assert run(database, folder) == Deployment((), ())
    assert tables(database) == {"a", "b"}


def test_record_is_prisma_s(database: DatabaseUrl, write: Write) -> None:
    folder = write(one="create table a();")
    run(database, folder)
    columns = query(
        database,
        "SELECT column_name, data_type, character_maximum_length, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position",
    )
    assert columns == [
        ("id", "character varying", 36, "NO", None),
        ("checksum", "character varying", 64, "NO", None),
        ("finished_at", "timestamp with time zone", None, "YES", None),
        ("migration_name", "character varying", 255, "NO", None),
        ("logs", "text", None, "YES", None),
        ("rolled_back_at", "timestamp with time zone", None, "YES", None),
        ("started_at", "timestamp with time zone", None, "NO", "now()"),
        ("applied_steps_count", "integer", None, "NO", "0"),
    ]
    found = query(
        database,
        "SELECT length(id), checksum, migration_name, finished_at >= started_at, rolled_back_at,"
        " applied_steps_count FROM _prisma_migrations",
    )
    migration = folder.migrations[0]
    assert found == [(36, migration.checksum, migration.name, True, None, 1)]


def test_application_cannot_write_the_record(database: DatabaseUrl, write: Write) -> None:
    run(database, write(one="create table a();"))
    granted = "SELECT has_table_privilege('kaven_app', '_prisma_migrations', 'INSERT')"
    assert query(database, granted) == [(False,)]


def test_fault_in_the_middle_leaves_nothing(database: DatabaseUrl, write: Write) -> None:
    folder = write(
        one="create table a();", two="create table b();\n\nselect nothing from a;\ncreate table c();"
    )
    deployment = run(database, folder)
    assert names(deployment) == ["one"]
    assert rules(deployment) == ["migration_applies"]
    (label,) = deployment.diagnostics[0].labels
    assert label.source.position(label.span.start).line == 3
    assert label.source.text[label.span.start : label.span.end] == "nothing"
    assert tables(database) == {"a"}
    mended = write(two="create table b();")
    assert names(run(database, mended)) == ["two"]


def test_fault_is_remembered(database: DatabaseUrl, write: Write) -> None:
    folder = write(one="create table a();\nselect 1/0;")
    run(database, folder)
    state = look(database, folder)
    assert [migration.name for migration in state.history.pending] == [folder.migrations[0].name]
    assert "division by zero" in str(state.history.undone[folder.migrations[0].name].logs)


def test_what_takes_no_transaction(database: DatabaseUrl, write: Write) -> None:
    folder = write(
        one="create table a (x int); create index concurrently i on a (x); create table b();",
        two="create type e as enum ('a'); create table c (e e);",
        three="alter type e add value 'b'; alter table c alter e set default 'b';",
        four="do $$ begin perform 1; end $$; vacuum a;",
    )
    assert names(run(database, folder)) == ["one", "two", "three", "four"]
    assert query(database, "SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NULL") == [(0,)]


def test_postgresql_decides_what_takes_no_transaction(database: DatabaseUrl, write: Write) -> None:
    """No list of ours names these: the first try is taken back, and the next one commits in between."""
    folder = write(
        one="create type e as enum ('a'); create table t (e e);",
        two="create table b (); alter type e add value 'it' || ''; select 1;",
    )
    assert rules(run(database, folder)) == ["migration_applies"]
    folder = write(two="create table b (); alter type e add value E'b'; insert into t values ('b');")
    assert names(run(database, folder)) == ["two"]
    assert query(database, "SELECT e::text FROM t") == [("b",)]


def test_half_done_migration(database: DatabaseUrl, write: Write) -> None:
    folder = write(
        one="create table a (x int);\ncreate index concurrently i on a (x);\nselect 1/0;",
        two="create table b();",
    )
    deployment = run(database, folder)
    assert deployment.applied == ()
    assert "2 of 3 statements are done, the next one is at" in deployment.diagnostics[0].help
    assert "migration.sql:3" in deployment.diagnostics[0].help
    again = run(database, folder)
    assert rules(again) == ["migration_finished"]
    assert "2 of 3 statements" in again.diagnostics[0].message
    assert tables(database) == {"a"}


def test_transactions_of_its_own(database: DatabaseUrl, write: Write) -> None:
    folder = write(one="begin; create table a(); commit; begin; create table b(); rollback;")
    assert names(run(database, folder)) == ["one"]
    assert tables(database) == {"a"}
    folder = write(two="begin; create table c(); select 1/0; commit;")
    assert rules(run(database, folder)) == ["migration_applies"]
    assert tables(database) == {"a"}


def test_everything_wrong_is_told_before_anything_is_done(database: DatabaseUrl, write: Write) -> None:
    folder = write(one="select 1;", two="select 2;", three="select 3;", four="create table never();")
    run(database, MigrationsFolder(folder.path, folder.migrations[:3]))
    folder.migrations[2].path.write_text("select 33;", encoding="utf-8")
    folder.migrations[1].path.unlink()
    folder.migrations[1].path.parent.rmdir()
    old = folder.path / "20240101000000_dev_old"
    old.mkdir()
    (old / "migration.sql").write_text("select 0;", encoding="utf-8")
    deployment = run(database, read_folder(folder.path))
    assert sorted(rules(deployment)) == ["migration_present", "migration_unchanged", "migrations_in_order"]
    assert deployment.applied == ()
    assert tables(database) == set()


def test_out_of_order_where_it_is_allowed(database: DatabaseUrl, write: Write) -> None:
    folder = write(one="create table a();", two="create table b();")
    run(database, MigrationsFolder(folder.path, folder.migrations[1:]))
    assert rules(run(database, folder)) == ["migrations_in_order"]
    assert names(run(database, folder, allow_out_of_order=True)) == ["one"]


def test_drift(database: DatabaseUrl, write: Write) -> None:
    folder = write(one="create table a (x int, y text);")
    run(database, folder)
    query(database, "ALTER TABLE a ADD z int DEFAULT 3, DROP y; CREATE INDEX ON a (x)")
    idle = run(database, folder)
    assert idle.drift == (
        "- column a.y text",
        "+ column a.z integer default 3",
        "+ index CREATE INDEX a_x_idx ON public.a USING btree (x)",
    )
    assert rules(idle) == []
    folder = write(two="create table b();")
    assert rules(run(database, folder)) == ["database_as_migrated"]
    assert names(run(database, folder, allow_drift=True)) == ["two"]
    assert run(database, folder).drift == ()


def test_database_that_something_else_has_filled(database: DatabaseUrl, write: Write) -> None:
    query(database, "CREATE TABLE theirs ()")
    assert rules(run(database, write(one="create table a();"))) == ["database_is_managed"]


def test_schema_of_the_url(database: DatabaseUrl, write: Write) -> None:
    query(database, "CREATE SCHEMA mine")
    url = parse_url(f"{database}&schema=mine", "the URL")
    run(url, write(one="create table a();"))
    assert query(
        database, "SELECT to_regclass('mine.a')::text, to_regclass('mine._prisma_migrations')::text"
    ) == [("mine.a", "mine._prisma_migrations")]


def test_lock_is_prisma_s(database: DatabaseUrl, write: Write) -> None:
    told: list[str] = []
    folder = write(one="create table a();")
    with psycopg.connect(database.conninfo(), password=database.password, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(72707369)")
        process = other.info.backend_pid
        with pytest.raises(KavenError) as caught:
            deploy(database, folder, DeployOptions(patience=0.3), notify=told.append)
    assert caught.value.rule == "migrations_locked"
    assert len(told) == 1
    assert f"process {process}" in told[0]


def test_state_names_a_deploy_that_is_under_way(database: DatabaseUrl, write: Write) -> None:
    folder = write(one="create table a();")
    with connect(database) as other, migration_lock(other, patience=1, notify=print):
        assert f"process {other.info.backend_pid}" in look(database, folder).running
    assert look(database, folder).running == ""


def test_connection_that_breaks(database: DatabaseUrl, write: Write) -> None:
    folder = write(one="create table a(); select pg_terminate_backend(pg_backend_pid());")
    with pytest.raises(KavenError) as caught:
        run(database, folder)
    assert caught.value.rule == "database_lost"
    assert tables(database) == set()
    assert query(database, "SELECT count(*) FROM _prisma_migrations") == [(0,)]


def test_progress_counts_statements(database: DatabaseUrl, write: Write) -> None:
    from contextlib import contextmanager

    seen: list[tuple[str, int, int]] = []

    @contextmanager
    def progress(title: str, steps: int):
        done: list[int] = []
        yield done.append
        seen.append((title, steps, sum(done)))

    folder = write(one="create table a(); create table b(); -- end\n")
    deploy(database, folder, DeployOptions(), progress=progress)
    assert seen == [(f"Applying {folder.migrations[0].name}", 2, 2)]


@pytest.mark.parametrize("apart", ["", "create index concurrently i on public.a (x);\n"])
@pytest.mark.parametrize(
    "setting",
    [
        "select pg_catalog.set_config('search_path', '', false);",  # as pg_dump begins
        "set search_path = pg_catalog;",
        "set role kaven_app;",
        "set default_transaction_read_only = on;",
        "set statement_timeout = 1;",
        "set standard_conforming_strings = off;",
    ],
)
def test_settings_of_a_script_end_with_it(
    database: DatabaseUrl, write: Write, setting: str, apart: str, shared_server: EmbeddedServer
) -> None:
    with superuser(shared_server) as connection:
        connection.execute("GRANT kaven_app TO kaven_owner")
    folder = write(one=f"create table public.a (x int);\n{apart}{setting}\n", two="create table b (x int);")
    assert names(run(database, folder)) == ["one", "two"]
    assert query(database, "SELECT to_regclass('public.b')::text") == [("b",)]
    assert run(database, folder).drift == ()
