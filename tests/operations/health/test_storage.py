"""Disk, dead rows and the age of transactions; the rare ones on a server of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kaven_schema.config import Settings
from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.embedded.binaries import program
from kaven_schema.database.embedded.identity import server_identity
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.operations.health.checks.storage import shown_size
from kaven_schema.operations.health.deployment import Deployment, Given
from kaven_schema.operations.health.examining import CHECKS, _made
from kaven_schema.operations.health.finding import Finding
from tests.database.servers import query
from tests.operations.health.conftest import Login, Look, only

pytestmark = pytest.mark.xdist_group("postgres")


def test_disk_that_cannot_be_seen(look: Look) -> None:
    assert "cannot be seen from here" in only(look("disk"), "green").what


def test_disk_that_a_role_may_see(look: Look, login: Login) -> None:
    may = login("IN ROLE pg_read_all_settings")
    assert " free of " in only(look("disk", direct=str(may)), "green").what


def test_sizes() -> None:
    assert [shown_size(size) for size in (2048, 3 << 20, 5 << 30)] == ["2 kB", "3.0 MB", "5.0 GB"]


def test_dead_rows(look: Look, protected: DatabaseUrl) -> None:
    only(look("vacuum"), "green")
    with psycopg.connect(str(protected), autocommit=True) as connection:
        connection.execute("CREATE TABLE swollen AS SELECT n FROM generate_series(1, 30000) n")
        connection.execute("ALTER TABLE swollen SET (autovacuum_enabled = false)")
        connection.execute("DELETE FROM swollen WHERE n > 5000")
        connection.execute("SELECT pg_stat_force_next_flush()")
    assert "swollen has 25000 dead rows" in only(look("vacuum"), "yellow").what
    query(protected, "VACUUM swollen")
    only(look("vacuum"), "green")


def test_young_transactions(look: Look) -> None:
    only(look("wraparound"), "green")


# --- on a server of its own -----------------------------------------------------------------------------------------


@pytest.fixture
def own(settings: Settings) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(settings.root)
    yield server
    server.down()


def seen(settings: Settings, name: str) -> list[Finding]:
    check = next(check for check in CHECKS if check.name == name)
    with Deployment(settings, Given()) as deployment:
        return list(_made(check, deployment))


@pytest.mark.long
@pytest.mark.parametrize(("millions", "colour"), [(400, "yellow"), (1600, "red")])
def test_old_transactions(settings: Settings, own: EmbeddedServer, millions: int, colour: str) -> None:
    own.up()
    own.down()
    _advance(own, millions * 1_000_000)
    own.up()
    found = only(seen(settings, "wraparound"), colour)
    assert f"{millions} million back" in found.what


def _advance(server: EmbeddedServer, transaction: int) -> None:
    """As if so many transactions had been: the number, and the page of their outcomes that it needs."""
    data = server.layout.data
    per_file = 32 * 8192 * 4
    outcomes = data / "pg_xact" / f"{transaction // per_file:04X}"
    outcomes.write_bytes(bytes(32 * 8192))
    identity = server_identity(data)
    identity.give(outcomes)
    reset = program("pg_resetwal")
    arguments: list[str | Path] = [reset, "-x", str(transaction), "-D", data]
    command, options = identity.command(arguments, (reset, data / "any"))
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", **options)
    assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_disk_that_fills_up(settings: Settings, own: EmbeddedServer) -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a disk of a few megabytes takes a mount: run this test as root on Linux")
    folder = own.layout.folder
    folder.mkdir(parents=True)
    options = ["-t", "tmpfs", "-o", "mode=711,size=300m", "tmpfs", str(folder)]
    done = subprocess.run(["mount", *options], check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(
            f"this root may not mount anything ({done.stderr}): start the container with --privileged"
        )
    try:
        own.up()
        only(seen(settings, "disk"), "green")
        _fill(folder, 0.10)
        only(seen(settings, "disk"), "yellow")
        _fill(folder, 0.03)
        only(seen(settings, "disk"), "red")
        own.down()
    finally:
        subprocess.run(["umount", "--lazy", folder], check=False)


def _fill(folder: Path, leave: float) -> None:
    """A file that leaves this part of the disk free."""
    space = os.statvfs(folder)
    size = int(space.f_bavail * space.f_frsize - leave * space.f_blocks * space.f_frsize)
    with (folder / "filling").open("ab") as file:
        file.write(bytes(size))


def test_embedded_disk(settings: Settings, own: EmbeddedServer) -> None:
    own.up()
    assert " free of " in only(seen(settings, "disk"), "green").what
