"""The `prisma` of npm, offline from Prisma's own host, on our schema engine. It is fetched once for each run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kaven_schema.database.migrations.deploy import DeployOptions, deploy, look
from kaven_schema.database.migrations.folder import read_folder
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.engines.node import find_node_tools
from kaven_schema.engines.schema_engine import schema_engine_path
from tests.database.servers import database, query, shadow, shared_server

pytestmark = [pytest.mark.xdist_group("postgres"), pytest.mark.long]
__all__ = ["database", "shadow", "shared_server"]

SCHEMA = """\
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model User {
  id   Int    @id
  name String
}
"""


class Prisma:
    """A project with the command line in it."""

    def __init__(self, root: Path, program: Path, url: DatabaseUrl) -> None:
        self.root = root
        self.migrations = root / "prisma" / "migrations"
        self._program = program
        query_engine = root / "query-engine"
        query_engine.write_text(
            "#!/bin/sh\necho query-engine 393aa359c9ad4a4bb28630fb5613f9c281cde053\n", encoding="ascii"
        )
        query_engine.chmod(0o755)
        self._environment = {
            **os.environ,
            "DATABASE_URL": str(url),
            "PRISMA_CLI_QUERY_ENGINE_TYPE": "binary",
            "PRISMA_QUERY_ENGINE_BINARY": str(query_engine),
            "PRISMA_SCHEMA_ENGINE_BINARY": str(schema_engine_path()),
            "PRISMA_HIDE_UPDATE_MESSAGE": "1",
            "CHECKPOINT_DISABLE": "1",
            "CI": "1",
        }
        (root / "prisma").mkdir()
        self.schema(SCHEMA)

    def schema(self, text: str) -> None:
        (self.root / "prisma" / "schema.prisma").write_text(text, encoding="utf-8")

    def migration(self, name: str, sql: str) -> None:
        folder = self.migrations / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "migration.sql").write_text(sql, encoding="utf-8")
        (self.migrations / "migration_lock.toml").write_text('provider = "postgresql"\n', encoding="utf-8")

    def run(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [find_node_tools().node, self._program, *arguments],
            check=False,
            cwd=self.root,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done.stdout
        return done.stdout


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prisma")
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-save", f"--prefix={folder}")
    subprocess.run([*find_node_tools().npm, "install", *options, "prisma@5.17.0"], check=True, cwd=folder)
    return folder / "node_modules" / "prisma" / "build" / "index.js"


@pytest.fixture
def prisma(program: Path, tmp_path: Path, database: DatabaseUrl) -> Prisma:
    return Prisma(tmp_path, program, database)


def test_push_and_pull(prisma: Prisma, database: DatabaseUrl) -> None:
    assert "in sync" in prisma.run("db", "push", "--skip-generate")
    assert "already in sync" in prisma.run("db", "push", "--skip-generate")
    query(database, 'ALTER TABLE "User" ADD more int')
    assert "more Int?" in prisma.run("db", "pull", "--print")


def test_migrations(prisma: Prisma, database: DatabaseUrl) -> None:
    script = prisma.run(
        "migrate", "diff", "--from-empty", "--to-schema-datamodel", "prisma/schema.prisma", "--script"
    )
    prisma.migration("20250101000000_init", script)
    assert "have not yet been applied" in prisma.run("migrate", "status", code=1).replace("has", "have")
    assert "successfully applied" in prisma.run("migrate", "deploy")
    assert "No pending migrations" in prisma.run("migrate", "deploy")
    assert "up to date" in prisma.run("migrate", "status")
    url = str(database)
    same = (
        "migrate",
        "diff",
        "--from-url",
        url,
        "--to-schema-datamodel",
        "prisma/schema.prisma",
        "--exit-code",
    )
    assert "No difference" in prisma.run(*same)
    prisma.schema(SCHEMA.replace("name String", "name Int"))
    prisma.run(*same, code=2)


def test_failure_is_told_and_resolved(prisma: Prisma) -> None:
    prisma.migration("20250101000000_bad", "create table a ();\nselect nothing;\n")
    said = prisma.run("migrate", "deploy", code=1)
    assert "P3018" in said
    assert "Database error code: 42703" in said
    assert 'ERROR: column "nothing" does not exist' in said
    assert "P3009" in prisma.run("migrate", "deploy", code=1)
    prisma.run("migrate", "resolve", "--rolled-back", "20250101000000_bad")
    prisma.migration("20250101000000_bad", "create table a ();\n")
    assert "successfully applied" in prisma.run("migrate", "deploy")


def test_shadow_database(prisma: Prisma, database: DatabaseUrl, shadow: DatabaseUrl) -> None:
    prisma.migration("20250101000000_init", 'CREATE TABLE "User" (id int primary key, name text not null);')
    states = ("--from-migrations", "prisma/migrations", "--to-schema-datamodel", "prisma/schema.prisma")
    command = ("migrate", "diff", *states, "--exit-code", "--shadow-database-url")
    assert "No difference" in prisma.run(*command, str(shadow))
    query(database, "CREATE TABLE kept ()")
    assert "P3014" in prisma.run(*command, str(database), code=1)
    assert query(database, "SELECT to_regclass('kept')::text") == [("kept",)]


def test_prisma_goes_on_from_ours(prisma: Prisma, database: DatabaseUrl) -> None:
    prisma.migration(
        "20250101000000_dev_one", 'CREATE TABLE "User" (id int primary key, name text not null);'
    )
    assert deploy(database, read_folder(prisma.migrations), DeployOptions()).applied
    assert "up to date" in prisma.run("migrate", "status")
    prisma.migration("20250102000000_dev_two", "create table more (id int primary key);")
    assert "20250102000000_dev_two" in prisma.run("migrate", "deploy")


def test_ours_goes_on_from_prisma(prisma: Prisma, database: DatabaseUrl) -> None:
    prisma.migration("20250101000000_one", 'CREATE TABLE "User" (id int primary key, name text not null);')
    prisma.run("migrate", "deploy")
    assert look(database, read_folder(prisma.migrations)).is_current
    prisma.migration("20250102000000_dev_two", "create table more (id int primary key);")
    assert deploy(database, read_folder(prisma.migrations), DeployOptions()).applied == (
        "20250102000000_dev_two",
    )
