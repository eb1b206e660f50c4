"""Backups, their proof and the archive: each well, old, and not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kaven_schema.config import Settings
from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.operations.backup import proofs
from kaven_schema.operations.backup.creating import Purpose, create_backup
from kaven_schema.operations.backup.proofs import Proof, ProofKind
from kaven_schema.operations.backup.storage import open_store
from kaven_schema.operations.health.deployment import Deployment, Given
from kaven_schema.operations.health.examining import CHECKS, _made
from kaven_schema.operations.health.finding import Finding
from tests.database.servers import query, superuser
from tests.operations.health.conftest import Look, only

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture
def folder(tmp_path: Path, database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One real backup of a small database, and one proof, both of this moment."""
    for name in ("KAVEN_BACKUP_KEYS", "KAVEN_BACKUP_KEYS_FILE"):
        monkeypatch.delenv(name, raising=False)
    query(database, "CREATE TABLE kept (id int PRIMARY KEY)")
    place = tmp_path / "backups"
    place.mkdir()
    store = open_store(str(place))
    manifest = create_backup(database, Purpose(store=store, keys=None))
    proof = Proof(backup=manifest.name, kind=ProofKind.RESTORED, at=datetime.now(UTC), tool="kaven")
    proofs.record(store, proof, None)
    return place


def after(**time: float) -> dict[str, object]:
    return {"now": lambda: datetime.now(UTC) + timedelta(**time)}


def test_backups(look: Look, folder: Path, database: DatabaseUrl) -> None:
    found = look("backups", backups=str(folder), direct=str(database))
    assert [finding.colour.value for finding in found] == ["green", "green"]


def test_where_backups_are_by_the_environment(
    look: Look, folder: Path, database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAVEN_BACKUPS", str(folder))
    assert len(look("backups", direct=str(database))) == 2


def test_old_backup(look: Look, folder: Path, database: DatabaseUrl) -> None:
    old = [
        finding
        for finding in look("backups", backups=str(folder), direct=str(database), **after(days=3))
        if finding.do
    ]
    assert "the newest backup" in only(old, "red").what
    enough = look("backups", backups=str(folder), direct=str(database), backup_days=7.0, **after(days=3))
    assert [finding.colour.value for finding in enough] == ["green", "green"]


def test_old_proof(look: Look, folder: Path, database: DatabaseUrl) -> None:
    found = look("backups", backups=str(folder), direct=str(database), backup_days=99.0, **after(days=32))
    old = only([finding for finding in found if finding.do], "red")
    assert "proof of a restore" in old.what
    assert old.do == "kaven backup test"


def test_no_proof(look: Look, folder: Path, database: DatabaseUrl) -> None:
    for path in folder.glob("*/proofs/*.json"):
        path.unlink()
    found = [finding for finding in look("backups", backups=str(folder), direct=str(database)) if finding.do]
    assert "no backup was ever restored" in only(found, "red").what


def test_backup_of_another_database(look: Look, folder: Path, database: DatabaseUrl) -> None:
    other = replace(database, database="other")
    assert "there is none in" in only(look("backups", backups=str(folder), direct=str(other)), "red").what


def test_no_backup(look: Look, tmp_path: Path) -> None:
    assert "nowhere" in only(look("backups", backups=str(tmp_path / "nowhere")), "red").what
    assert "there is none in" in only(look("backups"), "red").what


def test_damaged_manifest(look: Look, folder: Path, database: DatabaseUrl) -> None:
    [manifest] = folder.glob("*/manifest.json")
    manifest.write_bytes(manifest.read_bytes()[:100])
    found = look("backups", backups=str(folder), direct=str(database))
    assert [finding.colour.value for finding in found] == ["yellow", "red"]


def test_location_that_is_none(look: Look) -> None:
    assert "could not be checked" in only(look("backups", backups="s3://"), "yellow").what


def test_no_archive(look: Look) -> None:
    assert "archive_mode is off" in only(look("archive"), "yellow").what


def test_receiver_that_is_gone(look: Look, shared_server: EmbeddedServer) -> None:
    with superuser(shared_server) as connection:
        connection.execute("SELECT pg_create_physical_replication_slot('doctor', true)")
        try:
            assert "doctor has no receiver" in only(look("archive"), "red").what
        finally:
            connection.execute("SELECT pg_drop_replication_slot('doctor')")


# --- on a server that archives --------------------------------------------------------------------------------------


@pytest.fixture
def archiving(settings: Settings) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(settings.root)
    server.up()
    with superuser(server) as connection:
        connection.execute("ALTER SYSTEM SET archive_mode = on")
        connection.execute("ALTER SYSTEM SET archive_timeout = '1min'")
    server.down()
    server.up()
    yield server
    set_command(server, "true")  # a server that stops tries its archive for a last time
    server.down()


def set_command(server: EmbeddedServer, command: str) -> None:
    with superuser(server) as connection:
        connection.execute(f"ALTER SYSTEM SET archive_command = '{command}'".encode())
        connection.execute("SELECT pg_reload_conf()")


def archived(server: EmbeddedServer, column: str) -> None:
    """Wait until the archiver has counted one."""
    with superuser(server) as connection:
        connection.execute("SELECT pg_stat_reset_shared('archiver')")
        connection.execute("SELECT txid_current(), pg_switch_wal()")
        for _ in range(1200):
            found = connection.execute(
                f"SELECT {column} FROM pg_stat_archiver, pg_sleep(0.05)".encode()
            ).fetchone()
            if found and found[0]:
                return
    raise AssertionError(column)


def seen(settings: Settings, given: Given | None = None) -> list[Finding]:
    check = next(check for check in CHECKS if check.name == "archive")
    with Deployment(settings, given or Given()) as deployment:
        return list(_made(check, deployment))


def test_archiver(settings: Settings, archiving: EmbeddedServer, public_folder: Path) -> None:
    assert "archive_command is empty" in only(seen(settings), "red").what
    set_command(archiving, "true")
    assert (
        "nothing has been archived yet"
        in only([finding for finding in seen(settings) if finding.do], "yellow").what
    )
    archived(archiving, "archived_count")
    assert [finding.colour.value for finding in seen(settings)] == ["green", "green"]
    later = Given(now=lambda: datetime.now(UTC) + timedelta(hours=2))
    assert {finding.colour.value for finding in seen(settings, later)} == {"green"}, "a quiet server is well"
    go_on = public_folder / "go-on"
    set_command(archiving, f"until test -e {go_on}; do sleep 0.05; done")
    with superuser(archiving) as connection:
        for _ in range(3):
            connection.execute("SELECT txid_current(), pg_switch_wal()")
    assert "archive_command hangs" in only([one for one in seen(settings, later) if one.do], "yellow").do
    with superuser(archiving) as connection:
        connection.execute("ALTER SYSTEM SET archive_timeout = 0")
        connection.execute("SELECT pg_reload_conf()")
    assert (
        "archive_timeout is 0" in only([finding for finding in seen(settings) if finding.do], "yellow").what
    )
    set_command(archiving, "false")
    go_on.touch()
    archived(archiving, "failed_count")
    assert "cannot be archived" in only([finding for finding in seen(settings) if finding.do][1:], "red").what
