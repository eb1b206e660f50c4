"""What only a folder can do wrong: permissions, a full disk, file systems that know less."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.operations.backup.storage import open_store
from tests.operations.backup.storage.transfer import get, names, pattern, put
from tests.running import command, environment

Unprivileged = Callable[[], AbstractContextManager[None]]

_WRITER = """
import sys
from kaven_schema.operations.backup.storage import open_store
with open_store(sys.argv[1]).writer("one/a") as sink:
    sink.write(bytes(1_000_000))
    print("half", flush=True)
    sys.stdin.read()
"""
_LIMITED = """
import resource, sys
from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.backup.storage import open_store
sys.dont_write_bytecode = True
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
store = open_store(sys.argv[1])
try:
    with store.writer("one/a") as sink:
        for _ in range(20):
            sink.write(bytes(10_000))
except KavenError as error:
    print(error.rule, error.help)
print([found.name for found in store.names()])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "backups"


@pytest.fixture
def halfway(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A writer that has written half, and waits."""
    with subprocess.Popen(
        command("-c", _WRITER, str(folder)),
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        yield process
        process.kill()


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_only_its_owner_may_read(folder: Path) -> None:
    before = os.umask(0)
    try:
        put(open_store(str(folder)), "one/a", b"x")
    finally:
        os.umask(before)
    assert (folder / "one" / "a").stat().st_mode & 0o777 == 0o600
    assert (folder / "one").stat().st_mode & 0o777 == 0o700
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "one" / "a").stat().st_nlink == 1


def test_a_writer_that_was_killed_is_swept_away(folder: Path, halfway: subprocess.Popen[str]) -> None:
    store = open_store(str(folder))
    assert names(store) == []
    store.sweep()
    assert len(files(folder)) == 1, "its writer lives"
    os.kill(halfway.pid, signal.SIGKILL)
    halfway.wait()
    assert names(store) == []
    store.sweep()
    assert files(folder) == []
    assert [*folder.iterdir()] == []


def test_a_writer_that_was_swept_around_ends_well(folder: Path, halfway: subprocess.Popen[str]) -> None:
    open_store(str(folder)).sweep()
    halfway.communicate("")
    assert halfway.returncode == 0
    assert files(folder) == ["one/a"]


def test_a_sweep_leaves_alone_what_is_not_ours(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("notes.txt", ".hidden", ".a.tmp", "a.kaven-x12.tmp"):
        (folder / name).write_text("x", encoding="utf-8")
    outside = folder.parent / "outside"
    outside.write_text("x", encoding="utf-8")
    (folder / ".a.kaven-x12.tmp").symlink_to(outside)
    store = open_store(str(folder))
    store.sweep()
    assert outside.exists()
    assert len([*folder.iterdir()]) == 5


def test_links_and_odd_names_are_no_objects(folder: Path) -> None:
    store = open_store(str(folder))
    put(store, "one/a", b"x")
    (folder / "link").symlink_to(folder / "one" / "a")
    (folder / "loop").symlink_to(folder)
    (folder / "an odd name").write_text("x", encoding="utf-8")
    assert names(store) == ["one/a"]


def test_a_full_disk(folder: Path) -> None:
    """A limit of the process, which the system enforces as it does the disk's end."""
    done = subprocess.run(
        command("-c", _LIMITED, str(folder)),
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    said, left = done.stdout.splitlines()
    assert said.startswith("backup_store_full free some space")
    assert left == "[]"
    assert files(folder) == []


@pytest.mark.long
@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounts a disk: run as root on Linux"
)
def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(
            f"this root may not mount anything ({mounted.stderr}): start its container with --privileged"
        )
    try:
        store = open_store(str(folder))
        put(store, "one/a", pattern(300_000))
        with pytest.raises(KavenError) as raised:
            put(store, "two/a", pattern(2_000_000))
        assert raised.value.rule == "backup_store_full"
        assert "df " in raised.value.help
        assert files(folder) == ["one/a"]
        put(store, "two/a", pattern(300_000))
        assert get(store, "two/a") == pattern(300_000)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_folder_that_is_not_ours(public_folder: Path, unprivileged: Unprivileged) -> None:
    folder = public_folder / "backups"
    store = open_store(str(folder))
    put(store, "one/a", b"x")
    folder.chmod(0o500)
    (folder / "one").chmod(0o500)
    with unprivileged():
        for attempt in (
            lambda: put(store, "two/a", b"x"),
            lambda: get(store, "one/a"),
            lambda: store.remove(["one/a"]),
            lambda: names(store),
        ):
            with pytest.raises(KavenError) as raised:
                attempt()
            assert raised.value.rule == "backup_store_denied"
            assert raised.value.exit_code is ExitCode.ENVIRONMENT
            assert "ls -ld" in raised.value.help


def test_a_file_where_the_folder_should_be(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("x", encoding="utf-8")
    store = open_store(str(folder))
    for attempt in (lambda: put(store, "one/a", b"x"), lambda: get(store, "one/a"), lambda: names(store)):
        with pytest.raises(KavenError) as raised:
            attempt()
        assert raised.value.rule == "backup_store_failed"


def test_an_object_that_is_cut_off_while_it_is_read(folder: Path) -> None:
    store = open_store(str(folder))
    put(store, "one/a", pattern(100_000))
    with store.reader("one/a") as source:
        assert source.read(10) == pattern(100_000)[:10]
        os.truncate(folder / "one" / "a", 50_000)
        assert len(source.read(100_000)) == 49_990
        with pytest.raises(KavenError) as raised:
            source.read(1)
    assert raised.value.rule == "backup_object_changed"


def test_a_file_system_without_links(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAT and some network file systems have none; none can be mounted everywhere, so that os.link refuses here."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    store = open_store(str(folder))
    put(store, "one/a", b"first")
    with pytest.raises(KavenError) as raised:
        put(store, "one/a", b"second")
    assert raised.value.rule == "backup_object_exists"

    def late() -> None:
        with store.writer("one/b") as sink:
            sink.write(b"late")
            put(store, "one/b", b"early")

    with pytest.raises(KavenError) as raised:
        late()
    assert raised.value.rule == "backup_object_exists"
    assert (get(store, "one/a"), get(store, "one/b")) == (b"first", b"early")
    assert files(folder) == ["one/a", "one/b"]


def test_a_file_system_without_locks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then only what nobody wrote to for a day is taken for dead."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    store = open_store(str(folder))
    put(store, "one/a", b"x")
    young, old = folder / ".a.kaven-x12.tmp", folder / ".b.kaven-x12.tmp"
    for path in (young, old):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    store.sweep()
    assert (young.exists(), old.exists()) == (True, False)


def test_writers_and_sweeps_at_once(folder: Path) -> None:
    """Whatever a sweep meets halfway, what is written is whole."""
    store, ended = open_store(str(folder)), threading.Event()

    def sweep() -> None:
        while not ended.is_set():
            store.sweep()

    thread = threading.Thread(target=sweep)
    thread.start()
    try:
        for number in range(200):
            put(store, f"run-{number % 7}/{number}", b"x" * number)
            store.remove([f"run-{number % 7}/{number - 7}"] if number >= 7 else [])
    finally:
        ended.set()
        thread.join()
    assert len(names(store)) == 7
    assert all(found.size == int(found.name.partition("/")[2]) for found in store.names())


def test_room_is_made_where_the_last_object_goes(folder: Path) -> None:
    store = open_store(str(folder))
    put(store, "one/a", b"x")
    put(store, "one/b", b"x")
    store.remove(["one/a"])
    assert (folder / "one").exists()
    store.remove(["one/b"])
    assert not (folder / "one").exists()
    assert folder.exists()
