"""Into which database `kaven migrate` goes, and that it says so."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.keyring.keys import new_key
from tests.cli.conftest import Project
from tests.database.servers import database, query, shadow, shared_server

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["database", "shadow", "shared_server"]

ONE = "20250101000000_dev_one"


@pytest.fixture
def alone(project: Project) -> Iterator[Project]:
    """No variable names a database, and none is made yet; one migration."""
    for name in ("DATABASE_URL", "DIRECT_URL", "SHADOW_DATABASE_URL", "DB_URL"):
        project.environment.pop(name, None)
    write(project, "create table one ();")
    yield project
    EmbeddedServer(project.root).down()


def write(project: Project, sql: str) -> None:
    folder = project.root / "prisma" / "migrations" / ONE
    folder.mkdir(parents=True)
    (folder / "migration.sql").write_text(sql, encoding="utf-8")


def is_made(project: Project) -> bool:
    return (project.root / ".kaven" / "postgres" / "data").exists()


def test_missing_secret_is_no_deploy(alone: Project) -> None:
    run = alone.run("migrate", "deploy")
    assert run.code == 2
    assert "error[database_not_chosen]: DATABASE_URL is not set" in run.err
    assert "set DATABASE_URL, or say --embedded" in run.err
    empty = alone.run("migrate", "deploy", DATABASE_URL="")
    assert empty.code == 2
    assert "error[database_url_empty]: DATABASE_URL is set, and empty, in the environment" in empty.err
    (alone.root / ".env").write_text("DATABASE_URL=\n", encoding="utf-8")
    written = alone.run("migrate", "deploy")
    assert "error[database_url_empty]: DATABASE_URL is set, and empty, in .env" in written.err
    (alone.root / ".env").write_text("DATABASE_URL=postgresql://a@h/d\n", encoding="utf-8")
    assert "in the environment" in alone.run("migrate", "deploy", DATABASE_URL="").err
    assert not is_made(alone)


@pytest.mark.parametrize(
    "arguments",
    [
        ("db", "indexes"),
        ("jobs", "run", "--all"),
        ("secrets", "rotate"),
        ("migrate", "status"),
        ("migrate", "baseline"),
        ("migrate", "diff", "--to", "database"),
        ("migrate", "resolve", "--applied", "20250101000000_dev_a"),
        ("rls", "verify"),
    ],
    ids=" ".join,
)
def test_what_works_on_a_live_database_makes_none(alone: Project, arguments: tuple[str, ...]) -> None:
    """Nor does it take the embedded one for a secret that is missing."""
    alone.environment["KAVEN_SECRET_KEYS"] = new_key("a")
    run = alone.run(*arguments)
    assert run.code == 2
    assert "error[database_not_chosen]: DATABASE_URL is not set" in run.err
    assert "set DATABASE_URL, or start the embedded one: kaven db up" in run.err
    empty = alone.run(*arguments, DATABASE_URL="")
    assert empty.code == 2
    assert "error[database_url_empty]" in empty.err
    assert not is_made(alone)


def test_embedded_database_by_name(alone: Project) -> None:
    run = alone.run("migrate", "deploy", "--embedded")
    assert run.code == 0, run.err
    assert "1 migration applied to the embedded PostgreSQL at .kaven/postgres\n" in run.err
    again = alone.run("migrate", "deploy", "--json")
    assert again.code == 0, again.err
    assert json.loads(again.out)["database"] == "the embedded PostgreSQL at .kaven/postgres"
    assert alone.run("migrate", "deploy", DATABASE_URL="").code == 2
    other = alone.run("migrate", "deploy", "--embedded", DATABASE_URL="postgresql://u@h/d")
    assert other.code == 2
    assert "error[database_chosen_twice]" in other.err


@pytest.mark.parametrize("merged", [False, True])
def test_variable_of_the_schema(alone: Project, database: DatabaseUrl, merged: bool) -> None:
    alone.edit(alone.base, 'env("DATABASE_URL")', 'env("DB_URL")')
    if merged:
        assert alone.run("merge").code == 0
    assert "DB_URL is not set" in alone.run("migrate", "deploy").err
    run = alone.run("migrate", "deploy", DB_URL=str(database), DATABASE_URL="postgresql://u@h/d")
    assert run.code == 0, run.err
    assert f"applied to {database.shown()}" in run.err
    assert database.password not in run.err
    assert query(database, "SELECT to_regclass('one')::text") == [("one",)]
    smoke = ("--smoke", 'test "$DB_URL" = "$DATABASE_URL"')
    assert alone.run("migrate", "deploy", *smoke, DB_URL=str(database)).code == 0
    assert "(DB_URL)" in alone.run("db", "status", DB_URL=str(database)).out


def test_direct_url_of_the_schema(alone: Project, database: DatabaseUrl) -> None:
    url = 'url      = env("DATABASE_URL")'
    alone.edit(alone.base, url, f'{url}\n  directUrl = env("STRAIGHT")')
    alone.environment |= {"DATABASE_URL": "postgresql://u@nowhere.invalid/d", "STRAIGHT": str(database)}
    run = alone.run("migrate", "deploy")
    assert run.code == 0, run.err
    assert alone.run("db", "url").out.strip() == "postgresql://u@nowhere.invalid:5432/d"


def test_extension_that_the_server_lacks(
    project: Project, database: DatabaseUrl, shadow: DatabaseUrl
) -> None:
    project.environment |= {"DATABASE_URL": str(database), "SHADOW_DATABASE_URL": str(shadow)}
    write(project, 'CREATE EXTENSION IF NOT EXISTS "citext";')
    run = project.run("migrate", "deploy")
    assert run.code == 1
    assert "this server lacks the extension citext" in run.err
    assert "set DATABASE_URL to one that has it" in run.err
    diff = project.run("migrate", "diff", "--from", "migrations", "--to", "empty")
    assert diff.code == 3, diff.err
    assert "error[extension_missing]" in diff.err
    assert "SHADOW_DATABASE_URL" in diff.err


def test_baseline_sees_what_changes_later(
    project: Project, database: DatabaseUrl, shadow: DatabaseUrl
) -> None:
    project.environment |= {"DATABASE_URL": str(database), "SHADOW_DATABASE_URL": str(shadow)}
    write(project, "create table one (id int primary key);")
    query(database, "create table one (id int primary key)")
    assert project.run("migrate", "baseline").code == 0
    assert project.run("migrate", "status").code == 0
    query(database, "alter table one add beside text")
    status = project.run("migrate", "status")
    assert status.code == 1
    assert "+ column one.beside text" in status.err


def test_what_prisma_refuses_is_told_at_its_line(
    project: Project, database: DatabaseUrl, shadow: DatabaseUrl
) -> None:
    project.environment |= {"DATABASE_URL": str(database), "SHADOW_DATABASE_URL": str(shadow)}
    project.edit(project.extended, "phone   String?", "phone   String? @db.Uuid @db.Text")
    run = project.run("migrate", "dev", "--no-client")
    assert run.code == 1
    assert "error[prisma_" in run.err
    assert " --> prisma/schema.extended.prisma:3" in run.err
    assert "P1012" not in run.err
