"""`kaven secrets` and `kaven tokens` as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.keyring.key_file import add_key
from kaven_schema.keyring.keys import read_keys
from kaven_schema.services.secrets import FILE_VARIABLE, KeyRing
from kaven_schema.services.secrets.contexts import secret_context
from tests.cli.conftest import Folder
from tests.database.servers import query
from tests.services.project import World

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    add_key(tmp_path / "keys", "first")
    return tmp_path / "keys"


@pytest.fixture
def place(place: Folder, key_file: Path) -> Folder:
    """With keys."""
    place.environment[FILE_VARIABLE] = str(key_file)
    return place


def enrolled(world: World, ring: KeyRing, count: int) -> None:
    rows = [
        {
            "id": f"user-{number:05}",
            "email": f"{number}@example.com",
            "passwordHash": "none",
            "name": "Somebody",
            "twoFactorSecret": ring.seal("JBSWY3DPEHPK3PXP", secret_context(f"user-{number:05}", 1)),
            "twoFactorSerial": 1,
        }
        for number in range(count)
    ]
    assert world.run(world.client.user.create_many(data=rows)) == count


def test_key_that_git_would_take_along(folder: Folder) -> None:
    """It is said while it can still be helped."""
    alone = folder.run("secrets", "new-key", "one")
    assert "git" not in alone.err
    subprocess.run(["git", "init", "-q", "."], cwd=folder.root, check=True)
    told = folder.run("secrets", "new-key", "three")
    assert "git does not ignore three, and would take it along: add it to .gitignore" in told.err
    (folder.root / ".gitignore").write_text("three\n")
    assert "git" not in folder.run("secrets", "new-key", "three", "--id", "b").err


def under(world: World, key: str) -> int:
    sql = f"SELECT count(*) FROM users WHERE two_factor_secret LIKE 'k1.{key}.%'"
    return int(str(query(world.url(Role.OWNER), sql)[0][0]))


def test_new_key(folder: Folder, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    first = folder.run("secrets", "new-key", file, "--id", "first")
    second = folder.run("secrets", "new-key", file)
    assert (first.code, second.code) == (0, 0)
    assert "key first encrypts" in first.err
    assert "1 older one still decrypts" in second.err
    ring = read_keys(file)
    newest, oldest = [key.id for key in ring.keys]
    assert (newest[:10], oldest) == (f"{datetime.now(UTC):%Y-%m-%d}", "first")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for line in file.read_text().splitlines():
        assert line.partition(":")[2] not in first.out + first.err + second.out + second.err
    refused = folder.run("secrets", "new-key", file, "--id", "first")
    assert refused.code == 2
    assert "error[secret_keys_invalid]" in refused.err


def test_rotate(own_world: World, place: Folder, key_file: Path) -> None:
    enrolled(own_world, read_keys(key_file), 5)
    add_key(key_file, "second")
    run = place.run("secrets", "rotate", "--batch-size", "2")
    assert run.code == 0, run.err
    assert "Encrypting secrets anew" in run.err
    assert "5 users with secrets, 5 encrypted anew under key second" in run.err
    assert under(own_world, "second") == 5
    again = place.run("secrets", "rotate", "--json")
    assert json.loads(again.out) == {"key": "second", "users": 5, "rewritten": 0, "unreadable": []}


def test_killed_it_goes_on(own_world: World, place: Folder, key_file: Path) -> None:
    enrolled(own_world, read_keys(key_file), 400)
    add_key(key_file, "second")
    with place.start("secrets", "rotate", stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not under(own_world, "second"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    done = under(own_world, "second")
    assert 0 < done < 400
    run = place.run("secrets", "rotate", "--json")
    assert run.code == 0, run.err
    found = json.loads(run.out)
    assert found["users"] == 400
    assert 400 - done - 10 <= found["rewritten"] <= 400 - done
    assert under(own_world, "second") == 400


def test_unreadable(own_world: World, place: Folder, key_file: Path, tmp_path: Path) -> None:
    enrolled(own_world, add_key(tmp_path / "others", "lost"), 1)
    run = place.run("secrets", "rotate")
    assert run.code == 1
    assert "unreadable, left as they are: user-00000" in run.err
    assert under(own_world, "lost") == 1


def test_keys_that_are_not_there(place: Folder, key_file: Path) -> None:
    missing = place.run("secrets", "rotate", KAVEN_SECRET_KEYS_FILE="")
    assert (missing.code, "error[secret_keys_missing]" in missing.err) == (3, True)
    key_file.chmod(0o644)
    exposed = place.run("secrets", "rotate")
    assert (exposed.code, "error[secret_keys_exposed]" in exposed.err) == (3, True)
    invalid = place.run("secrets", "rotate", KAVEN_SECRET_KEYS_FILE="", KAVEN_SECRET_KEYS="a:SECRETSECRET")
    assert (invalid.code, "error[secret_keys_invalid]" in invalid.err) == (2, True)
    assert "SECRETSECRET" not in invalid.err + invalid.out


def test_cleanup(own_world: World, place: Folder) -> None:
    user_id, now = own_world.user(), datetime.now(UTC)
    rows = [
        {"token": str(hours), "userId": user_id, "expiresAt": now + timedelta(hours=hours)}
        for hours in (-2, -1, 1)
    ]
    own_world.run(own_world.client.refreshtoken.create_many(data=rows))
    run = place.run("tokens", "cleanup", "--batch-size", "1")
    assert run.code == 0, run.err
    assert "removed 2 sessions and 0 spent tokens" in run.err
    assert json.loads(place.run("tokens", "cleanup", "--json").out) == {"sessions": 0, "spent_tokens": 0}
    assert own_world.run(own_world.client.refreshtoken.count()) == 1


def test_database_out_of_reach(place: Folder) -> None:
    run = place.run("tokens", "cleanup", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert (run.code, "error[database_unreachable]" in run.err) == (3, True)


def test_database_without_tables(place: Folder, own_world: World) -> None:
    query(own_world.url(Role.OWNER), "DROP TABLE spent_refresh_tokens")
    run = place.run("tokens", "cleanup")
    assert (run.code, "error[database_not_migrated]" in run.err) == (1, True)


def test_rows_that_the_role_cannot_see(place: Folder, own_world: World, key_file: Path) -> None:
    """Else a rotation that saw no secret would say that the old key is needed no more."""
    enrolled(own_world, read_keys(key_file), 1)
    query(own_world.url(Role.OWNER), "ALTER TABLE users ENABLE ROW LEVEL SECURITY")
    run = place.run("secrets", "rotate")
    assert (run.code, "error[services_rows_hidden]" in run.err) == (3, True)
    query(own_world.url(Role.OWNER), "ALTER TABLE users DISABLE ROW LEVEL SECURITY")
    assert place.run("secrets", "rotate").code == 0


def test_schema_without_the_extension(project: Folder, own_world: World) -> None:
    assert project.run("generate").code == 0
    run = project.run("tokens", "cleanup", DATABASE_URL=str(own_world.url()))
    assert (run.code, "error[services_schema_lacks]" in run.err) == (1, True)
    assert "SpentRefreshToken" in run.err


def test_help(place: Folder) -> None:
    assert "kaven secrets new-key" in place.run("secrets", "new-key", "--help").out
    assert "cron" in place.run("tokens", "cleanup", "--help").out
