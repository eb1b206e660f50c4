"""`kaven backup` into a bucket, and on servers of other versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.keyring.keys import new_key
from tests.cli.conftest import Folder
from tests.database.servers import database, query, shared_server
from tests.database.versions import server
from tests.operations.backup.fault_proxy import fault_proxy
from tests.operations.backup.s3_server import S3Server, multipart_s3
from tests.operations.backup.world import TABLES, USERS, World, empty_world

pytestmark = [pytest.mark.xdist_group("postgres"), pytest.mark.long]
__all__ = ["database", "empty_world", "multipart_s3", "shared_server"]
COUNT = "SELECT count(*) FROM users"
LARGE = (
    "INSERT INTO users SELECT g, 1, md5(g::text) || md5((g + 1)::text) FROM generate_series(10000, 400000) g"
)


def clean(folder: Folder, url: DatabaseUrl) -> None:
    (folder.root / "kaven.toml").write_text("")
    folder.environment |= {"DATABASE_URL": str(url)}
    for name in ("KAVEN_BACKUPS", "KAVEN_BACKUP_KEYS", "KAVEN_BACKUP_KEYS_FILE"):
        folder.environment.pop(name, None)


def fine(folder: Folder, *arguments: str) -> str:
    done = folder.run("backup", *arguments)
    assert done.code == 0, done.err
    return done.out


def test_a_bucket(folder: Folder, empty_world: World, multipart_s3: S3Server) -> None:
    """Encrypted, in several parts, from the first backup to the restore."""
    world = empty_world
    world.fill()
    world.query(LARGE)
    clean(folder, world.superuser)
    folder.environment |= {
        **multipart_s3.environment,
        "KAVEN_BACKUPS": multipart_s3.location("whole"),
        "KAVEN_BACKUP_KEYS": new_key("k1"),
    }
    made = json.loads(fine(folder, "create", "--json"))
    assert made["stored_size"] > 8 * 1024 * 1024, "it takes two parts"
    fine(folder, "verify")
    assert json.loads(fine(folder, "test", "--json"))["rows"] == made["rows"]
    world.query("DELETE FROM users")
    fine(folder, "restore", "--yes")
    assert world.query(COUNT) == [(made["rows"] - 4,)]
    fine(folder, "create")
    fine(folder, "prune", "--keep-days", "0")
    assert len(json.loads(fine(folder, "list", "--json"))["backups"]) == 2, "the proved one stays"


def test_a_connection_that_breaks_for_good(
    folder: Folder, empty_world: World, multipart_s3: S3Server
) -> None:
    """Behind a proxy that goes away: no backup, and the message says what to do."""
    empty_world.fill()
    clean(folder, empty_world.superuser)
    with fault_proxy(multipart_s3.port) as proxy:
        folder.environment |= {
            **multipart_s3.environment,
            "KAVEN_BACKUPS": multipart_s3.location("broken", port=proxy.port, timeout="2"),
        }
        fine(folder, "create")
    run = folder.run("backup", "create")
    assert run.code == 3
    assert "error[backup_store_unreachable]" in run.err
    listed = folder.run("backup", "list", "--json", KAVEN_BACKUPS=multipart_s3.location("broken"))
    assert len(json.loads(listed.out)["backups"]) == 1


@pytest.mark.parametrize("version", [15, 17, 18])
def test_a_server_of_another_version(folder: Folder, version: int, tmp_path: Path) -> None:
    """Whole there; proved there; and refused by the embedded PostgreSQL 16 where it is newer."""
    with server(version) as url:
        query(url, TABLES)
        clean(folder, url)
        made = json.loads(fine(folder, "create", "--json"))
        assert made["server_version"] // 10_000 == version
        fine(folder, "verify")
        if version != 17:  # of which there is no server here but in its own Debian
            assert json.loads(fine(folder, "test", "--json"))["rows"] == USERS + 4
        query(url, "DELETE FROM users")
        fine(folder, "restore", "--yes")
        assert query(url, COUNT) == [(USERS,)]
    folder.environment.pop("DATABASE_URL")
    try:
        run = folder.run("backup", "restore", "--yes", "--embedded", "--of", made["database"])
        if version > 16:
            assert run.code == 3
            assert "error[backup_newer_than_server]" in run.err
        else:
            assert run.code == 0, run.err
    finally:
        EmbeddedServer(folder.root).down()
