"""What `kaven migrate deploy` and `dev` judge, secure and try out around the migrations themselves."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.programs import find_program
from kaven_schema.database.url import DatabaseUrl
from tests.cli.conftest import Project
from tests.database.servers import database, query, shadow, shared_server

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["database", "shadow", "shared_server"]

NICK = ("phone   String?", "phone   String?\n  nick    String?")
DEV = ("migrate", "dev", "--no-client")
ONE, TWO, THREE = (
    f"2025010{number}000000_dev_{name}" for number, name in enumerate(("one", "two", "three"), 1)
)


@pytest.fixture
def migrating(project: Project, database: DatabaseUrl, shadow: DatabaseUrl) -> Project:
    project.environment |= {"DATABASE_URL": str(database), "SHADOW_DATABASE_URL": str(shadow)}
    return project


def write(project: Project, name: str, sql: str | bytes) -> Path:
    script = project.root / "prisma" / "migrations" / name / "migration.sql"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_bytes(sql.encode() if isinstance(sql, str) else sql)
    return script


def accept(project: Project, text: str) -> None:
    """As somebody pastes it from the terminal."""
    file = project.root / "prisma" / "migrations" / "accepted-breaks.toml"
    file.write_text(text.replace("…", "nobody reads it"), encoding="utf-8")


def entry(text: str) -> str:
    return text[text.index("[[break]]") :]


def test_break_is_refused_before_anything_is_touched(migrating: Project, database: DatabaseUrl) -> None:
    write(migrating, ONE, "create table a (x int);\n")
    write(migrating, TWO, "create table b ();\n\nalter table a\n  drop column x;\n")
    run = migrating.run("migrate", "deploy")
    assert run.code == 1
    assert f" --> prisma/migrations/{TWO}/migration.sql:4:3\n" in run.err
    assert "4 |   drop column x;\n  |   ^^^^^^^^^^^^^\n" in run.err
    assert "= help: " in run.err
    assert f"{TWO} is not applied. Either\n" in run.err
    assert query(database, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []
    accept(migrating, entry(run.err))
    assert migrating.run("migrate", "deploy").code == 0


def test_break_as_json(migrating: Project) -> None:
    write(migrating, ONE, "create table a (x int);")
    write(migrating, TWO, "drop table a;")
    run = migrating.run("migrate", "deploy", "--json")
    assert run.code == 1
    found = json.loads(run.out)
    assert found["applied"] == []
    assert [one["rule"] for one in found["diagnostics"]] == ["table_not_dropped"]


def test_what_is_applied_is_not_judged_again(migrating: Project, database: DatabaseUrl) -> None:
    write(migrating, ONE, "create table a (x int);")
    assert migrating.run("migrate", "deploy").code == 0
    write(migrating, TWO, "drop table a;")
    query(database, "DROP TABLE a")
    assert migrating.run("migrate", "resolve", "--applied", TWO).code == 0
    write(migrating, THREE, "create table c ();")
    assert migrating.run("migrate", "deploy", "--allow-drift").code == 0


def test_warning_is_shown_and_stops_nothing(migrating: Project) -> None:
    write(migrating, ONE, "create table a (x int);")
    assert migrating.run("migrate", "deploy").code == 0
    write(migrating, TWO, "create index a_x on a (x);")
    run = migrating.run("migrate", "deploy")
    assert run.code == 0
    assert (
        f"warning[index_created_concurrently]: nobody writes a while the index is built\n --> prisma/migrations/{TWO}"
        in run.err
    )
    assert "1 migration applied" in run.err


def test_statement_that_is_none(migrating: Project, database: DatabaseUrl) -> None:
    write(migrating, ONE, "create table a ();\ncreate tabel b ();\n")
    run = migrating.run("migrate", "deploy")
    assert run.code == 1
    assert 'error[sql_syntax]: PostgreSQL\'s parser says: syntax error at or near "tabel"' in run.err
    assert f"prisma/migrations/{ONE}/migration.sql:2:8" in run.err
    assert query(database, "SELECT to_regclass('a')") == [(None,)]


def test_development_writes_a_break_and_does_not_apply_it(migrating: Project, database: DatabaseUrl) -> None:
    column = "SELECT 1 FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'nick'"
    assert migrating.run(*DEV).code == 0
    migrating.edit(migrating.extended, *NICK)
    assert migrating.run(*DEV, "--name", "add").code == 0
    migrating.edit(migrating.extended, *reversed(NICK))
    run = migrating.run(*DEV, "--name", "drop")
    assert run.code == 1
    [script] = (migrating.root / "prisma" / "migrations").glob("*_dev_drop/migration.sql")
    assert f"prisma/migrations/{script.parent.name}/migration.sql written" in run.err
    assert "error[column_not_dropped]" in run.err
    for way in ("edit it", "kaven migrate expand", "accepted-breaks.toml"):
        assert way in run.err
    assert query(database, column) == [(1,)]
    again = migrating.run(*DEV)
    assert again.code == 1
    assert "is not applied. Either" in again.err
    accept(migrating, entry(run.err))
    assert migrating.run(*DEV).code == 0
    assert query(database, column) == []


def test_create_only_shows_what_is_wrong_with_it(migrating: Project) -> None:
    assert migrating.run(*DEV).code == 0
    migrating.edit(migrating.extended, *NICK)
    assert migrating.run(*DEV, "--name", "add").code == 0
    migrating.edit(migrating.extended, *reversed(NICK))
    run = migrating.run(*DEV, "--name", "drop", "--create-only")
    assert run.code == 1
    assert "error[column_not_dropped]" in run.err
    [script] = (migrating.root / "prisma" / "migrations").glob("*_dev_drop/migration.sql")
    script.write_text("-- nothing: the column stays\n", encoding="utf-8")
    assert migrating.run("migrate", "deploy").code == 0


def test_smoke_command_has_the_url_and_decides(migrating: Project, database: DatabaseUrl) -> None:
    write(migrating, ONE, "create table a (x int);")
    command = 'test "$DATABASE_URL" = "$EXPECTED" && echo out && echo err >&2 && exit 7'
    run = migrating.run("migrate", "deploy", "--smoke", command, EXPECTED=str(database))
    assert run.code == 1
    assert run.out == "out\n"
    assert "err\n" in run.err
    assert "error[smoke_failed]: the migrations are applied, and the smoke command ended with 7" in run.err
    assert query(database, "SELECT to_regclass('a')::text") == [("a",)]
    fine = migrating.run("migrate", "deploy", "--json", "--smoke", "echo fine")
    assert fine.code == 0
    assert json.loads(fine.out)["applied"] == []
    assert "fine\n" in fine.err
    killed = migrating.run("migrate", "deploy", "--smoke", "kill -9 $$")
    assert "ended by SIGKILL" in killed.err
    assert migrating.run("migrate", "deploy", "--smoke", " ").code == 2


def test_smoke_command_is_not_run_after_a_failure(migrating: Project) -> None:
    write(migrating, ONE, "select nothing;")
    run = migrating.run("migrate", "deploy", "--smoke", "echo ran")
    assert run.code == 1
    assert run.out == ""


def test_smoke_command_is_the_application_s(project: Project) -> None:
    """On the embedded database it gets the role that the client has."""
    project.environment.pop("DATABASE_URL", None)
    write(project, ONE, "create table a (x int);")
    psql = find_program("psql")
    try:
        run = project.run(
            "migrate",
            "deploy",
            "--embedded",
            "--smoke",
            f"{psql} -Atc 'select current_user' \"$DATABASE_URL\"",
        )
        assert run.code == 0, run.err
        assert run.out == "kaven_app\n"
    finally:
        EmbeddedServer(project.root).down()


def test_backup_holds_what_was_before(migrating: Project, database: DatabaseUrl) -> None:
    write(migrating, ONE, "create table a (x int); insert into a values (42);")
    assert migrating.run("migrate", "deploy", "--backup").code == 0
    write(migrating, TWO, "update a set x = 43 where x = 42;")
    run = migrating.run("migrate", "deploy", "--backup", "--json")
    assert run.code == 0, run.err
    copy = migrating.root / json.loads(run.out)["backup"]
    assert copy.parent == migrating.root / ".kaven" / "backups"
    assert copy.name.endswith(f"_before_{TWO}.dump")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert len(list(copy.parent.iterdir())) == 2
    query(database, "DROP TABLE a")
    environment = {**os.environ, "PGPASSWORD": database.password}
    restore = [find_program("pg_restore"), "--table=a", "--no-owner", f"--dbname={database.conninfo()}", copy]
    subprocess.run(restore, check=True, env=environment)
    assert query(database, "SELECT x FROM a") == [(42,)]
    idle = migrating.run("migrate", "deploy", "--backup", "--json")
    assert json.loads(idle.out)["backup"] is None


def test_backup_that_fails_stops_the_deploy(migrating: Project, database: DatabaseUrl) -> None:
    """An owner who is bound by row-level security would leave rows out: pg_dump refuses."""
    query(database, "CREATE TABLE a (x int); ALTER TABLE a ENABLE ROW LEVEL SECURITY")
    query(database, "ALTER TABLE a FORCE ROW LEVEL SECURITY")
    write(migrating, ONE, "select 1;")
    assert migrating.run("migrate", "resolve", "--applied", ONE).code == 0
    write(migrating, TWO, "create table b ();")
    run = migrating.run("migrate", "deploy", "--backup")
    assert run.code == 3
    assert "error[backup_failed]" in run.err
    assert "row-level security" in run.err
    assert query(database, "SELECT to_regclass('b')") == [(None,)]
    assert list((migrating.root / ".kaven" / "backups").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"host": "127.0.0.1", "port": "1"}, "database_unreachable"),
        ({"password": "wrong"}, "database_login_refused"),
        ({"database": "nowhere"}, "database_unknown"),
    ],
)
@pytest.mark.parametrize(
    "command", [("deploy",), ("deploy", "--backup"), ("status",), ("dev", "--no-client")]
)
def test_database_out_of_reach(
    migrating: Project, database: DatabaseUrl, command: tuple[str, ...], change: dict[str, str], rule: str
) -> None:
    write(migrating, ONE, "create table a ();")
    url = replace(database, **change)  # type: ignore[arg-type]
    run = migrating.run("migrate", *command, DATABASE_URL=str(url))
    assert run.code == 3, run.err
    assert f"error[{rule}]" in run.err
    assert "help: " in run.err
    assert database.password not in run.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"select 1;\n-- caf\xe9\n",
            f"prisma/migrations/{TWO}/migration.sql:2: byte 0xe9 at byte 7 of the line",
        ),
        (b"\xff\xfes\0e\0", f"iconv -f UTF-16 -t UTF-8 prisma/migrations/{TWO}/migration.sql"),
        (b"", f"prisma/migrations/{TWO}/migration.sql is empty"),
        (b"\xef\xbb\xbf \n", f"prisma/migrations/{TWO}/migration.sql is empty"),
        (b"select '\0';", f"prisma/migrations/{TWO}/migration.sql:1:9"),
    ],
)
@pytest.mark.parametrize("command", [("deploy",), ("dev", "--no-client")])
def test_script_that_cannot_be_read(
    migrating: Project, database: DatabaseUrl, command: tuple[str, ...], content: bytes, said: str
) -> None:
    write(migrating, ONE, "create table a ();")
    write(migrating, TWO, content)
    run = migrating.run("migrate", *command)
    assert run.code == 1, run.err
    assert said in run.err
    assert query(database, "SELECT to_regclass('a')") == [(None,)]


@pytest.mark.parametrize("command", [("deploy",), ("resolve", "--applied", ONE)])
def test_user_who_may_not_migrate(
    project: Project, shared_server: EmbeddedServer, database: DatabaseUrl, command: tuple[str, ...]
) -> None:
    app = shared_server.url(Role.APP).with_database(database.database)
    write(project, ONE, "create table a ();")
    run = project.run("migrate", *command, DATABASE_URL=str(app))
    assert run.code == 3
    assert "error[database_refused]" in run.err
    assert "permission denied for schema public (42501)" in run.err
    assert 'GRANT CREATE ON SCHEMA "public" TO "kaven_app"' in run.err


def test_server_that_only_reads(migrating: Project, database: DatabaseUrl) -> None:
    query(database, f"ALTER DATABASE {database.database} SET default_transaction_read_only = on")
    write(migrating, ONE, "create table a ();")
    run = migrating.run("migrate", "deploy")
    assert run.code == 3
    assert "read-only transaction (25006)" in run.err


def test_schema_that_is_not_there(migrating: Project, database: DatabaseUrl) -> None:
    write(migrating, ONE, "create table a ();")
    run = migrating.run("migrate", "deploy", DATABASE_URL=f"{database}&schema=nowhere")
    assert run.code == 3
    assert 'CREATE SCHEMA "nowhere"' in run.err


def test_port_that_another_program_has(migrating: Project) -> None:
    """It takes the connection, and speaks something else."""
    write(migrating, ONE, "create table a ();")
    with socket.create_server(("127.0.0.1", 0)) as other:

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                while True:
                    other.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        url = f"postgresql://a:b@127.0.0.1:{other.getsockname()[1]}/x"
        run = migrating.run("migrate", "deploy", DATABASE_URL=url)
        other.shutdown(socket.SHUT_RDWR)
    assert run.code == 3
    assert "error[database_unreachable]" in run.err
