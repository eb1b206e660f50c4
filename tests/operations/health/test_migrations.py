"""What the migrations' state looks like from outside."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from kaven_schema.config import Settings
from kaven_schema.database.connection import connect
from kaven_schema.database.migrations.deploy import DeployOptions, deploy
from kaven_schema.database.migrations.folder import read_folder
from kaven_schema.database.migrations.lock import migration_lock
from kaven_schema.database.url import DatabaseUrl
from tests.database.servers import query
from tests.operations.health.conftest import Look, only

pytestmark = pytest.mark.xdist_group("postgres")
ONE, TWO = "20250101000000_dev_one", "20250102000000_dev_two"
Write = Callable[[str, str], None]


@pytest.fixture
def application(database: DatabaseUrl) -> DatabaseUrl:
    return database


@pytest.fixture
def protected(database: DatabaseUrl) -> DatabaseUrl:
    """An empty database serves here."""
    return database


@pytest.fixture
def write(settings: Settings) -> Write:
    """One migration, in a folder that has no others."""
    folder = settings.root / "prisma" / "migrations"
    for script in folder.glob("*/migration.sql"):
        script.unlink()
        script.parent.rmdir()

    def migration(name: str, sql: str) -> None:
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "migration.sql").write_text(sql)

    return migration


def apply(settings: Settings, database: DatabaseUrl) -> None:
    deploy(database, read_folder(settings.root / "prisma" / "migrations"), DeployOptions())


def test_from_none_to_all_applied(
    look: Look, settings: Settings, write: Write, database: DatabaseUrl
) -> None:
    assert "there are none" in only(look("migrations"), "yellow").what
    write(ONE, "CREATE TABLE one ();")
    pending = only(look("migrations"), "red")
    assert pending.what == f"1 not applied: {ONE}"
    assert pending.do == "kaven migrate deploy"
    apply(settings, database)
    assert "1 applied" in only(look("migrations"), "green").what
    write(TWO, "CREATE TABLE two ();")
    assert TWO in only(look("migrations"), "red").what


def test_edited(look: Look, settings: Settings, write: Write, database: DatabaseUrl) -> None:
    write(ONE, "CREATE TABLE one ();")
    apply(settings, database)
    write(ONE, "CREATE TABLE uno ();")
    assert "was edited" in only(look("migrations"), "red").what


def test_failed(look: Look, settings: Settings, write: Write, database: DatabaseUrl) -> None:
    write(ONE, "CREATE TABLE one ();")
    apply(settings, database)
    query(database, 'UPDATE "_prisma_migrations" SET finished_at = NULL')
    failed = only(look("migrations"), "red")
    assert "was not finished" in failed.what
    assert "kaven migrate resolve" in failed.do


def test_drift(look: Look, settings: Settings, write: Write, database: DatabaseUrl) -> None:
    write(ONE, "CREATE TABLE one ();")
    apply(settings, database)
    query(database, "ALTER TABLE one ADD COLUMN beside int")
    assert "beside" in only(look("migrations"), "yellow").what


def test_missing(look: Look, settings: Settings, write: Write, database: DatabaseUrl) -> None:
    write(ONE, "CREATE TABLE one ();")
    write(TWO, "CREATE TABLE two ();")
    apply(settings, database)
    shutil.rmtree(settings.root / "prisma" / "migrations" / TWO)
    assert "is not in the folder" in only(look("migrations"), "red").what


def test_deploy_that_is_under_way(
    look: Look, settings: Settings, write: Write, database: DatabaseUrl
) -> None:
    write(ONE, "CREATE TABLE one ();")
    apply(settings, database)
    with connect(database) as connection, migration_lock(connection, patience=5, notify=lambda _: None):
        assert "a deploy is under way" in only(look("migrations"), "yellow").what
    only(look("migrations"), "green")
