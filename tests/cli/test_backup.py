"""`kaven backup` as a user runs it, from the first backup to the restore, and killed on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.keyring.keys import new_key
from tests.cli.conftest import Folder
from tests.cli.script import COMMAND
from tests.database.servers import database, query, shared_server
from tests.operations.backup.world import TABLES, USERS, World, empty_world

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["database", "empty_world", "shared_server"]
COUNT = "SELECT count(*) FROM users"
WAITING = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'pg_dump' AND wait_event_type = 'Lock'"


@pytest.fixture
def shop(folder: Folder, empty_world: World) -> Folder:
    """A project on a database with rows in it, which is restored as superuser."""
    empty_world.fill()
    (folder.root / "kaven.toml").write_text("")
    folder.environment |= {"DATABASE_URL": str(empty_world.superuser)}
    for name in ("KAVEN_BACKUPS", "KAVEN_BACKUP_KEYS", "KAVEN_BACKUP_KEYS_FILE"):
        folder.environment.pop(name, None)
    return folder


def fine(folder: Folder, *arguments: str) -> str:
    done = folder.run("backup", *arguments)
    assert done.code == 0, done.err
    return done.out


def test_from_a_backup_to_its_restore(shop: Folder, database: DatabaseUrl) -> None:
    made = json.loads(fine(shop, "create", "--json"))
    assert (made["tables"], made["rows"], made["key"]) == (3, USERS + 4, None)
    assert made["location"] == str(shop.root / ".kaven" / "backups")
    assert made["name"] in fine(shop, "list")
    fine(shop, "verify")
    assert shop.run("backup", "test", "--check").code == 1
    proof = json.loads(fine(shop, "test", "--json"))
    assert (proof["kind"], proof["rows"]) == ("restored", USERS + 4)
    assert f"{made['name']} was restored and compared on" in fine(shop, "test", "--check")
    (listed,) = json.loads(fine(shop, "list", "--json"))["backups"]
    assert listed["restored"]
    assert listed["verified"]
    query(database, "DELETE FROM users WHERE id > 10")
    unanswered = shop.run("backup", "restore")
    assert unanswered.code == 2
    assert f"public.users: 10 rows now, {USERS:,} in the backup" in unanswered.err
    assert query(database, COUNT) == [(10,)]
    done = json.loads(fine(shop, "restore", "--yes", "--json"))
    assert query(database, COUNT) == [(USERS,)]
    assert query(database.with_database(done["before"]), COUNT) == [(10,)]
    fine(shop, "restore", "--drop-old", done["before"])


@pytest.mark.long
def test_nothing_there(shop: Folder) -> None:
    assert shop.run("backup", "list").code == 0
    assert "there is no backup" in shop.run("backup", "test", "--check").out
    for command in ("verify", "restore", "test"):
        run = shop.run("backup", command)
        assert run.code == 3
        assert "error[backups_missing]" in run.err
    unknown = shop.run("backup", "verify", "nonsense")
    assert unknown.code == 2
    assert "error[backup_unknown]" in unknown.err


@pytest.mark.long
def test_keys_and_place_from_the_project(shop: Folder, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{new_key('k1')}\n", encoding="utf-8")
    keys.chmod(0o600)
    place = tmp_path / "elsewhere"
    (shop.root / ".env").write_text(
        f"KAVEN_BACKUPS={place}\nKAVEN_BACKUP_KEYS_FILE={keys}\n", encoding="utf-8"
    )
    made = json.loads(fine(shop, "create", "--json"))
    assert made["key"] == "k1"
    assert (place / made["name"] / "manifest.json").is_file()
    fine(shop, "verify")
    (shop.root / ".env").write_text(f"KAVEN_BACKUPS={place}\n", encoding="utf-8")
    blind = shop.run("backup", "verify", "--json")
    assert blind.code == 3
    assert json.loads(blind.out)["backups"][0]["problems"][0]["rule"] == "backup_keys_missing"
    assert "made with a key, none is set" in fine(shop, "list")
    other = shop.run("backup", "restore", "--yes", KAVEN_BACKUP_KEYS=new_key("k2"))
    assert other.code == 3
    assert "error[backup_key_unknown]" in other.err


@pytest.mark.long
def test_roles_to_be_made_by_hand(shop: Folder) -> None:
    fine(shop, "create")
    printed = fine(shop, "restore", "--roles")
    assert "CREATE ROLE kaven_owner;" in printed
    assert "CREATE ROLE kaven_login;" in printed, "a grant may not name a role that is not made"


@pytest.mark.long
def test_prune(shop: Folder) -> None:
    names = [json.loads(fine(shop, "create", "--json"))["name"] for _ in range(2)]
    planned = json.loads(fine(shop, "prune", "--keep-days", "0", "--dry-run", "--json"))
    assert planned["removed"] == names[:1]
    assert len(json.loads(fine(shop, "list", "--json"))["backups"]) == 2
    assert f"remove  {names[0]}" in fine(shop, "prune", "--keep-days", "0")
    assert [one["name"] for one in json.loads(fine(shop, "list", "--json"))["backups"]] == names[1:]
    assert [path.name for path in (shop.root / ".kaven" / "backups").iterdir()] == names[1:]


@pytest.mark.long
def test_damage(shop: Folder) -> None:
    name = json.loads(fine(shop, "create", "--json"))["name"]
    folder = shop.root / ".kaven" / "backups" / name
    (folder / "database.dump").write_bytes(b"PGDMP")
    run = shop.run("backup", "verify", "--all")
    assert run.code == 1
    assert "error[backup_object_corrupt]" in run.err
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    run = shop.run("backup", "list")
    assert run.code == 1
    assert "error[backup_document_invalid]" in run.err


def test_no_space(shop: Folder, database: DatabaseUrl) -> None:
    """No file of ours may grow beyond some kilobytes: no backup, no half restore, and what to do."""
    limited = ["sh", "-c", 'ulimit -f 20; exec "$@"', "sh", *COMMAND, "backup"]
    # Python does not see that it wrote half a .pyc, which the next test would read.
    small = {**shop.environment, "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*limited, *arguments],
            cwd=shop.root,
            env=small,
            check=False,
            capture_output=True,
            text=True,
        )

    full = run("create")
    assert full.returncode == 3
    assert "error[backup_store_full]" in full.stderr
    assert json.loads(fine(shop, "list", "--json"))["backups"] == []
    fine(shop, "create")
    query(database, "DELETE FROM users")
    full = run("restore", "--yes")
    assert full.returncode == 3
    assert "error[disk_full]" in full.stderr
    assert query(database, COUNT) == [(0,)]
    assert list((shop.root / ".kaven" / "restoring").iterdir()) == []


def test_schedules(shop: Folder) -> None:
    assert fine(shop, "schedule", "--at", "02:30").startswith("30 2 * * * cd ")
    assert "OnCalendar" in fine(shop, "schedule", "--systemd")
    assert "kind: CronJob" in fine(shop, "schedule", "--kubernetes")
    kept = fine(shop, "schedule", "--kubernetes", "--to", "/backups", "--claim", "kaven-backups")
    assert '"kaven-backups"' in kept
    assert 'mountPath: "/backups"' in kept
    assert shop.run("backup", "schedule", "--kubernetes", "--to", "/backups").code == 2
    for wrong in (
        ("--kubernetes", "--to", "b", "--claim", "c"),
        ("--cron", "--systemd"),
        ("--to", "s3://a:b@x/y"),
    ):
        assert shop.run("backup", "schedule", *wrong).code == 2
    assert shop.run("backup", "schedule", "--at", "late").code == 2


def test_a_schedule_carries_what_the_shell_says(shop: Folder) -> None:
    printed = shop.run("backup", "schedule", KAVEN_BACKUPS="s3://acme/kaven", KAVEN_BACKUP_KEYS_FILE="keys")
    assert f"env KAVEN_BACKUP_KEYS_FILE={shop.root / 'keys'} " in printed.out
    assert "create --to s3://acme/kaven &&" in printed.out
    assert shop.environment["DATABASE_URL"] not in printed.out
    assert "DATABASE_URL is not in it" in printed.err
    assert "KAVEN_BACKUPS (a bucket" in shop.run("backup", "schedule", "--kubernetes").err


def test_nobody_has_chosen_a_database(folder: Folder) -> None:
    """An empty database that is made on the spot is no backup of anything."""
    folder.environment.pop("DATABASE_URL", None)
    (folder.root / "kaven.toml").write_text("")
    assert "error[database_not_chosen]" in folder.run("backup", "create").err
    assert "error[database_not_chosen]" in folder.run("backup", "restore").err
    assert "error[database_url_empty]" in folder.run("backup", "create", DATABASE_URL="").err
    assert not EmbeddedServer(folder.root).exists
    assert "it needs DATABASE_URL" in folder.run("backup", "schedule").err


def test_settings_that_are_empty(folder: Folder) -> None:
    for variable in ("KAVEN_BACKUPS", "KAVEN_BACKUP_KEYS", "KAVEN_BACKUP_KEYS_FILE"):
        folder.environment[variable] = ""
        run = folder.run("backup", "list")
        del folder.environment[variable]
        assert run.code == 2
        assert "error[backup_setting_empty]" in run.err
    missing = folder.run("backup", "list", "--from", "nowhere")
    assert missing.code == 3
    assert "error[backup_store_missing]" in missing.err


def test_a_store_of_two_databases(shop: Folder, empty_world: World) -> None:
    """What is restored, listed as proved, or removed is of the database that is meant."""
    shop.environment["KAVEN_BACKUPS"] = str(empty_world.folder)
    name = json.loads(fine(shop, "create", "--json"))["name"]
    empty_world.edit_manifest(database__name="another")
    assert "error[backup_other_database]" in shop.run("backup", "restore", "--yes").err
    assert "error[backup_other_database]" in shop.run("backup", "restore", "--yes", name).err
    fine(shop, "restore", "--yes", "--of", "another")
    assert (
        "error[backup_database_exists]"
        in shop.run("backup", "restore", "--of", "another", "--as", "postgres", "--yes").err
    )


def test_the_dump_of_a_killed_restore_is_cleared(folder: Folder) -> None:
    (folder.root / "kaven.toml").write_text("")
    left = folder.root / ".kaven" / "restoring" / ".database.dump.kaven-4194305.tmp"
    left.parent.mkdir(parents=True)
    left.write_text("rows in the clear", encoding="utf-8")
    fine(folder, "prune")
    assert not left.exists()


@pytest.mark.long
def test_every_command_explains_itself(folder: Folder) -> None:
    for command in ("create", "list", "verify", "restore", "test", "prune", "schedule"):
        said = folder.run("backup", command, "--help")
        assert said.code == 0
        assert "Example:" in said.out


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


@pytest.fixture
def dumping(shop: Folder, empty_world: World, database: DatabaseUrl) -> Iterator[subprocess.Popen[str]]:
    """`kaven backup create` whose pg_dump waits for a table, with the dump begun in the store."""
    with psycopg.connect(database.conninfo(), password=database.password) as blocking:
        blocking.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        process = shop.start("backup", "create", stderr=subprocess.PIPE)
        with process:
            try:
                until(lambda: query(empty_world.superuser, WAITING))
                yield process
            finally:
                process.kill()


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed(shop: Folder, dumping: subprocess.Popen[str], number: int) -> None:
    """No manifest, no object under its name; pg_dump ends too, and the next run clears what is left."""
    dumping.send_signal(number)
    dumping.wait(timeout=30)
    backups = shop.root / ".kaven" / "backups"
    assert [path for path in backups.rglob("*") if path.name in ("manifest.json", "database.dump")] == []
    assert json.loads(fine(shop, "list", "--json"))["backups"] == []


def test_after_a_killed_one(shop: Folder, empty_world: World, database: DatabaseUrl) -> None:
    backups = shop.root / ".kaven" / "backups"
    with psycopg.connect(database.conninfo(), password=database.password) as blocking:
        blocking.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        with shop.start("backup", "create") as process:
            until(lambda: query(empty_world.superuser, WAITING))
            second = shop.run("backup", "create")
            assert second.code == 3
            assert "error[backup_running]" in second.err
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)
    until(lambda: not query(empty_world.superuser, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"))
    made = json.loads(fine(shop, "create", "--json"))
    assert [path.name for path in backups.iterdir()] == [made["name"]]
    assert sorted(path.name for path in (backups / made["name"]).iterdir()) == [
        "database.dump",
        "globals.sql",
        "manifest.json",
    ]


def test_the_embedded_database(folder: Folder) -> None:
    """Without any setting: kaven_backup dumps, and the superuser restores, past row-level security."""
    for name in ("DATABASE_URL", "KAVEN_BACKUPS", "KAVEN_BACKUP_KEYS", "KAVEN_BACKUP_KEYS_FILE"):
        folder.environment.pop(name, None)
    (folder.root / "kaven.toml").write_text("")
    server = EmbeddedServer(folder.root)
    try:
        server.up()
        owner = server.url(Role.OWNER)
        query(owner, TABLES)
        query(
            owner, "ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY"
        )
        assert json.loads(fine(folder, "create", "--json"))["rows"] == USERS + 4
        fine(folder, "test")
        query(owner, "DROP TABLE users")
        done = json.loads(fine(folder, "restore", "--yes", "--json"))
        assert query(owner, COUNT) == [(0,)], "the owner sees none: row-level security is back, too"
        assert query(server.url(Role.BACKUP), COUNT) == [(USERS,)]
        assert done["before"].startswith("kaven_before_")
    finally:
        server.down()
