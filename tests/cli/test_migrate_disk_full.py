"""`kaven migrate deploy` on an embedded database whose disk fills up: one in memory, which a root may mount."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from tests.cli.conftest import Project, Run
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")

ONE, TWO = "20250101000000_dev_one", "20250102000000_dev_two"
# The first fills the disk with rows, without a log of them; the second with nothing but PostgreSQL's log.
ROWS = "create table a ();\ncreate unlogged table big as select repeat('x', 1000) from generate_series(1, 200000);"
LOG = (
    "create table a ();\nselect count(pg_logical_emit_message(true, 'x', repeat('x', 1000000)))"
    " from generate_series(1, 200);"
)


class Disk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mount(self, megabytes: int) -> None:
        self.folder.mkdir(parents=True)
        if error := self._mount(f"size={megabytes}m"):
            pytest.skip(
                f"this root may not mount anything ({error}): in a container, start that with --privileged"
            )

    def enlarge(self, megabytes: int) -> None:
        assert not self._mount(f"remount,size={megabytes}m")

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", self.folder], check=False, capture_output=True)

    def _mount(self, options: str) -> str:
        command = ["mount", "-t", "tmpfs", "-o", f"mode=711,{options}", "tmpfs", str(self.folder)]
        return subprocess.run(command, check=False, capture_output=True, text=True).stderr.strip()


@pytest.fixture
def disk(project: Project) -> Iterator[Disk]:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a disk of a few megabytes takes a mount: run this test as root on Linux")
    for name in ("DATABASE_URL", "SHADOW_DATABASE_URL"):
        project.environment.pop(name, None)
    found = Disk(project.root / ".kaven" / "postgres")
    yield found
    if running := EmbeddedServer(project.root).running():
        os.kill(running.pid, signal.SIGKILL)  # its disk is gone in a moment
    found.unmount()


def write(project: Project, name: str, sql: str) -> None:
    folder = project.root / "prisma" / "migrations" / name
    folder.mkdir(parents=True)
    (folder / "migration.sql").write_text(sql, encoding="utf-8")


def is_full(run: Run) -> None:
    assert run.code == 3, run.err
    assert "error[disk_full]" in run.err
    assert "free some space" in run.err


def test_before_there_is_a_database(project: Project, disk: Disk) -> None:
    disk.mount(20)
    write(project, ONE, "create table kept ();")
    is_full(project.run("migrate", "deploy", "--embedded"))
    disk.enlarge(200)
    assert project.run("migrate", "deploy", "--embedded").code == 0


def test_rows_that_find_no_place(project: Project, disk: Disk) -> None:
    """PostgreSQL takes the migration back, and goes on working."""
    disk.mount(120)
    write(project, ONE, "create table kept ();")
    write(project, TWO, ROWS)
    run = project.run("migrate", "deploy", "--embedded")
    is_full(run)
    assert f"{TWO}/migration.sql:2:1" in run.err
    assert "1 migration applied" in run.err
    status = project.run("migrate", "status")
    assert f"applied   {ONE}" in status.out
    assert f"pending   {TWO}" in status.out
    owner = EmbeddedServer(project.root).url(Role.OWNER)
    assert query(owner, "SELECT to_regclass('a'), to_regclass('big')") == [(None, None)]
    disk.enlarge(600)
    assert project.run("migrate", "deploy", "--embedded").code == 0


def test_log_that_finds_no_place(project: Project, disk: Disk) -> None:
    """PostgreSQL ends itself, and cannot start before there is space; then all is as it was."""
    disk.mount(120)
    write(project, ONE, "create table kept ();")
    write(project, TWO, LOG)
    is_full(project.run("migrate", "deploy", "--embedded"))
    disk.enlarge(900)
    status = project.run("migrate", "status")
    assert f"applied   {ONE}" in status.out, status.err
    assert f"pending   {TWO}" in status.out
    assert project.run("migrate", "deploy", "--embedded").code == 0
