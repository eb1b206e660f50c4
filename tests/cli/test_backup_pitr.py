"""`kaven backup pitr` as a user runs it, without an engine; with one: tests/operations/pitr/test_proving.py."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

from kaven_schema.database.url import DatabaseUrl
from tests.cli.conftest import Folder
from tests.database.servers import database, shared_server

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["database", "shared_server"]
PITR = ("backup", "pitr")


def test_write(folder: Folder) -> None:
    run = folder.run(*PITR, "write", "--engine", "pgbackrest", "--name", "shop", "--keep", "2")
    assert run.code == 0, run.err
    assert sorted(folder.files()) == ["pitr/pgbackrest.conf", "pitr/roles.sql", "pitr/shop.postgresql.conf"]
    assert "repo1-retention-full=2" in folder.files()["pitr/pgbackrest.conf"]
    assert "stanza-create" in run.err


def test_write_for_the_server_that_is_named(folder: Folder) -> None:
    url = "postgresql://u@db.internal/d"
    assert folder.run(*PITR, "write", "--engine", "barman", DATABASE_URL=url).code == 0
    assert "host=db.internal" in folder.files()["pitr/barman.conf"]


def test_wrong_use(folder: Folder) -> None:
    assert folder.run(*PITR, "write").code == 2
    refused = folder.run(*PITR, "write", "--engine", "pgbackrest", "--name", "My Shop")
    assert refused.code == 2
    assert "archive_setup_invalid" in refused.err
    assert folder.files() == {}


@pytest.mark.parametrize("engine", ["pgbackrest", "barman"])
@pytest.mark.parametrize("command", ["check", "test"])
def test_engine_that_is_missing(folder: Folder, engine: str, command: str) -> None:
    folder.environment["PATH"] = str(folder.root)
    run = folder.run(*PITR, command, "--engine", engine)
    assert run.code == 3
    assert "archive_engine_missing" in run.err
    assert "install" in run.err


def test_rsync_that_is_missing(folder: Folder) -> None:
    (folder.root / "barman").write_text(f"#!{sys.executable}\n")
    (folder.root / "barman").chmod(0o755)
    run = folder.run(*PITR, "test", "--engine", "barman", PATH=str(folder.root))
    assert run.code == 3
    assert "archive_tool_missing" in run.err
    assert "apt-get install rsync" in run.err
    assert shutil.which("rsync") is None or "rsync" in run.err


def test_check(folder: Folder, database: DatabaseUrl) -> None:
    options = (*PITR, "check", "--engine", "pgbackrest", "--no-ask-engine")
    run = folder.run(*options, "--database-url", str(database))
    assert run.code == 1
    assert "red     archive_mode: is off" in run.out
    found = json.loads(folder.run(*options, "--json", DATABASE_URL=str(database)).out)
    assert found["colour"] == "red"
    streamed = folder.run(*PITR, "check", "--engine", "barman", "--no-ask-engine", DATABASE_URL=str(database))
    assert "no replication slot barman_kaven" in streamed.out


def test_help_shows_examples(folder: Folder) -> None:
    for name in ("write", "check", "test"):
        assert f"kaven backup pitr {name}" in folder.run(*PITR, name, "--help").out
