"""Prisma's schema engine in its Node host, on a real database."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.schema_engine import (
    Database,
    Empty,
    Migrations,
    SchemaEngineError,
    SchemaEngineSession,
    SchemaFiles,
    schema_engine_path,
)
from tests.database.servers import database, query, shadow, shared_server

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["database", "shadow", "shared_server"]

DATASOURCE = 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n'
USERS = f'{DATASOURCE}model User {{\n  id Int @id\n  name String @default("a;b")\n}}\n'
USERS_SQL = """\
-- CreateTable
CREATE TABLE "User" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL DEFAULT 'a;b',

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);
"""
# What a splitter at semicolons cannot run.
FUNCTION = (
    "create function f() returns int language plpgsql as $$ begin return 1; end; $$; create table t ();"
)


@pytest.fixture(scope="module")
def engine() -> Iterator[SchemaEngineSession]:
    with SchemaEngineSession.start() as session:
        yield session


def files(text: str) -> SchemaFiles:
    return SchemaFiles([("schema.prisma", text)])


def refusal(engine: SchemaEngineSession, before: object, after: object) -> SchemaEngineError:
    with pytest.raises(SchemaEngineError) as caught:
        engine.script(before, after)  # type: ignore[arg-type]  # one of its states
    return caught.value


def test_schemas_are_compared_without_a_database(engine: SchemaEngineSession) -> None:
    assert engine.script(Empty(), files(USERS)).strip() == USERS_SQL.strip()
    assert engine.script(files(USERS), files(USERS)) == ""
    assert "Removed tables" in engine.summary(files(USERS), Empty())


def test_schema_of_prisma_7_names_no_url(engine: SchemaEngineSession) -> None:
    without = USERS.replace('  url = env("DATABASE_URL")\n', "")
    assert engine.script(files(USERS), files(without)) == ""


def test_database_and_back(engine: SchemaEngineSession, database: DatabaseUrl) -> None:
    url = str(database)
    engine.execute(url, engine.script(Empty(), files(USERS)))
    assert engine.script(Database(url), files(USERS)) == ""
    assert engine.script(files(USERS), Database(url)) == engine.summary(files(USERS), Database(url)) == ""
    query(database, 'ALTER TABLE "User" ADD more "char", ADD n name, ADD v tsvector, ADD a int[]')
    assert "Removed column `more`" in engine.summary(Database(url), files(USERS))


def test_constraints_that_prisma_does_not_know(engine: SchemaEngineSession, database: DatabaseUrl) -> None:
    """The engine reads their kind as a character, and crashed where it was given a text."""
    url = str(database)
    engine.execute(url, engine.script(Empty(), files(USERS)))
    query(database, 'ALTER TABLE "User" ADD CHECK (id > 0), ADD EXCLUDE (name WITH =)')
    assert engine.script(Database(url), files(USERS)) == ""


def test_two_databases(engine: SchemaEngineSession, database: DatabaseUrl, shadow: DatabaseUrl) -> None:
    query(database, "CREATE TABLE one (id int PRIMARY KEY)")
    query(shadow, "CREATE TABLE two (id int PRIMARY KEY)")
    script = engine.script(Database(str(database)), Database(str(shadow)))
    assert 'DROP TABLE "public"."one"' in script
    assert 'CREATE TABLE "public"."two"' in script
    assert query(database, "SELECT to_regclass('one')::text, to_regclass('two')::text") == [("one", None)]
    assert query(shadow, "SELECT to_regclass('one')::text, to_regclass('two')::text") == [(None, "two")]


def test_migrations(
    engine: SchemaEngineSession, database: DatabaseUrl, shadow: DatabaseUrl, tmp_path: Path
) -> None:
    folder = tmp_path / "20250101000000_init"
    folder.mkdir()
    (folder / "migration.sql").write_text(f"{FUNCTION}\n{USERS_SQL}", encoding="utf-8")
    query(shadow, "CREATE TABLE thrown_away ()")
    script = engine.script(Migrations(tmp_path), files(USERS), shadow_url=str(shadow))
    assert script.strip() == '-- DropTable\nDROP TABLE "t";'
    assert query(shadow, "SELECT to_regclass('thrown_away')") == [(None,)]
    assert engine.script(Migrations(tmp_path / "none"), Empty(), shadow_url=str(shadow)) == ""


def test_main_database_is_never_the_shadow(
    engine: SchemaEngineSession, database: DatabaseUrl, tmp_path: Path
) -> None:
    """Also where its URL is written otherwise."""
    query(database, "CREATE TABLE kept ()")
    for url in (str(database), f"{database}&connection_limit=1"):
        with pytest.raises(SchemaEngineError, match="shadow database is the main database"):
            engine.script(Migrations(tmp_path), Database(str(database)), shadow_url=url)
    assert query(database, "SELECT to_regclass('kept')::text") == [("kept",)]


def test_shadow_beside_the_database(
    engine: SchemaEngineSession, database: DatabaseUrl, tmp_path: Path
) -> None:
    folder = tmp_path / "20250101000000_init"
    folder.mkdir()
    (folder / "migration.sql").write_text("create table t (id int primary key);", encoding="utf-8")
    query(database, "CREATE TABLE kept (id int PRIMARY KEY)")
    script = engine.script(Migrations(tmp_path), Database(str(database)))
    assert "kept" in script
    assert query(database, "SELECT to_regclass('t')") == [(None,)]
    left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'prisma_migrate_shadow%'"
    assert query(database, left) == [(0,)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"password": "wrong"}, "P1000"),
        ({"host": "127.0.0.1", "port": "1"}, "P1001"),
        ({"host": "/nowhere"}, "P1001"),
        ({"database": "nowhere"}, "P1003"),
    ],
)
def test_database_out_of_reach(
    engine: SchemaEngineSession, database: DatabaseUrl, change: dict[str, str], code: str
) -> None:
    from dataclasses import replace

    url = replace(database, **change)  # type: ignore[arg-type]  # strings all of them
    assert refusal(engine, Empty(), Database(str(url))).code == code


def test_schema_that_is_none(engine: SchemaEngineSession) -> None:
    assert refusal(engine, Empty(), files("model A {")).code == "P1012"
    assert "mysql" in str(refusal(engine, Empty(), files(USERS.replace("postgresql", "mysql"))))
    assert engine.script(Empty(), files(USERS))


def test_push(database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", str(database))
    with SchemaEngineSession.start() as engine:
        assert engine.push(files(USERS).files).steps > 0
        assert engine.push(files(USERS).files).steps == 0
        query(database, 'INSERT INTO "User" (id) VALUES (1)')
        fewer = [("schema.prisma", USERS.replace('  name String @default("a;b")\n', ""))]
        assert len(engine.push(fewer).warnings) == 1
        assert query(database, 'SELECT name FROM "User"') == [("a;b",)]
        assert engine.push(fewer, force=True).steps == 1


def ask(*requests: dict[str, object], **environment: str) -> list[dict[str, object]]:
    """What the program answers on stdout, started as Prisma's command line starts it."""
    import os

    lines = "".join(json.dumps({"jsonrpc": "2.0", "id": n, **r}) + "\n" for n, r in enumerate(requests, 1))
    done = subprocess.run(
        [schema_engine_path()],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_program(database: DatabaseUrl, shared_server: EmbeddedServer) -> None:
    program = str(schema_engine_path())
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    assert said == "schema-engine-cli 393aa359c9ad4a4bb28630fb5613f9c281cde053\n"
    command = [program, "cli", "--datasource", str(database), "can-connect-to-database"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    missing = str(shared_server.url(Role.OWNER).with_database("nowhere"))
    command = [program, "cli", "--datasource", missing, "can-connect-to-database"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert json.loads(refused.stderr.splitlines()[1])["fields"]["error_code"] == "P1003"


def test_protocol(tmp_path: Path) -> None:
    (tmp_path / "20250101000000_init").mkdir()
    answers = ask(
        {"method": "listMigrationDirectories", "params": {"migrationsDirectoryPath": str(tmp_path)}},
        {"method": "noSuchMethod"},
        {"method": "debugPanic"},
        {"method": "listMigrationDirectories", "params": {"migrationsDirectoryPath": str(tmp_path)}},
    )
    assert answers[0] == {"jsonrpc": "2.0", "id": 1, "result": {"migrations": ["20250101000000_init"]}}
    assert answers[1]["error"]["code"] == -32601  # type: ignore[index]  # JSON
    assert answers[2]["error"]["data"]["is_panic"]  # type: ignore[index]  # JSON
    assert answers[3]["result"] == answers[0]["result"]


def test_engine_that_was_killed() -> None:
    with SchemaEngineSession.start() as session:
        session._process.kill()
        session._process.wait()
        with pytest.raises(KavenError, match="ended") as caught:
            session.script(Empty(), Empty())
    assert caught.value.rule == "prisma_engine_panicked"
