"""What `kaven update` and `kaven rollback` refuse: one clear error, and nothing changed."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.projects import files
from tests.running import kaven
from tests.update.projects import ONE, TWO, make, run, trees
from tests.update.test_journal import killed
from tests.update.vendor import release, tar_of, zip_of

Tree = dict[str, bytes]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path)


def two() -> Tree:
    return trees()[1]


def symlink(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return member


def truncated(path: Path) -> Path:
    whole = zip_of(two(), path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def truncated_tar(path: Path) -> Path:
    whole = tar_of(two(), path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def with_wrong_hash(path: Path) -> Path:
    return zip_of({**two(), "schema.base.prisma": two()["schema.base.prisma"] + b"\n"}, path)


@pytest.mark.parametrize(
    ("name", "make_source", "rule"),
    [
        ("cut.zip", truncated, "release_truncated"),
        ("cut.tar.gz", truncated_tar, "release_truncated"),
        ("out.zip", lambda path: zip_of({**two(), "../../evil": b"x"}, path), "release_unsafe"),
        ("link.tar.gz", lambda path: tar_of(two(), path, symlink("migrations/x")), "release_unsafe"),
        ("hash.zip", with_wrong_hash, "release_hash_wrong"),
        (
            "skipped.zip",
            lambda path: zip_of(release("3.0.0", TWO, after="2.0.0"), path),
            "release_skipped",
        ),
        (
            "minor.zip",
            lambda path: zip_of(release("1.1.0", ONE.replace("  old   String?\n", ""), after="1.0.0"), path),
            "vendor_field_kept",
        ),
        ("none.zip", lambda path: zip_of({"readme": b"hello"}, path), "release_source_empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_release(root: Path, name: str, make_source: Callable[[Path], Path], rule: str) -> None:
    # The installed release is known by its lock, whatever the source holds.
    run(root, "update", "--to", "1.0.0")
    before = files(root.parent)
    source = make_source(root.parent / name)
    assert f"error[{rule}]" in run(root, "update", "--from", str(source), code=1)
    source.unlink()
    assert files(root.parent) == before


def test_a_downgrade_and_the_way_that_there_is(root: Path) -> None:
    run(root, "update")
    before = files(root)
    assert "kaven rollback" in run(root, "update", "--to", "1.0.0", code=1)
    assert files(root) == before


# --- the way back ---------------------------------------------------------------------------------------


def test_a_rollback_that_is_killed_at_any_step_is_finished_or_never_was(tmp_path: Path) -> None:
    before = files(make(tmp_path / "made"))
    outcomes, number = set(), 0
    while True:
        now = make(tmp_path / f"killed-{number}")
        run(now, "update")
        after = files(now)
        if not killed(now, number, "rollback"):
            break
        run(now, "check", "--no-official")
        found = files(now)
        assert found in (before, after), number
        outcomes.add(found == before)
        number += 11
    assert outcomes == {True, False}


def test_read_only_files_stop_a_rollback(root: Path) -> None:
    run(root, "update")
    (root / "prisma" / "schema.base.prisma").chmod(0o444)
    before = files(root)
    assert "output_unwritable" in run(root, "rollback", code=3, plain_user=True)
    assert files(root) == before


# --- a disk without space -------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a small disk takes a mount: run this test as root on Linux")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(
            f"this root may not mount anything ({mounted.stderr.strip()}): "
            "in a container, start that with --privileged"
        )
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=False, capture_output=True)


@pytest.mark.parametrize("command", ["update", "rollback"])
def test_a_full_disk_changes_nothing(disk: Path, command: str) -> None:
    root = make(disk)
    if command == "rollback":
        run(root, "update")
    before = files(root)
    filler = disk / "filler"
    for pages in (0, 1, 2, 4, 7, 11, 16):
        fill(filler, pages)
        done = kaven(command, cwd=root)
        if done.returncode == 0:
            break
        assert done.returncode == 3, done.stderr
        assert "error[output_unwritable]" in done.stderr
        filler.unlink()
        assert files(root) == before, pages
        assert not (root / ".kaven" / "journal").exists()
    else:
        run(root, command)
    assert (root / "kaven.lock").exists() is (command == "update")


def fill(file: Path, pages: int) -> None:
    """Leave so many pages of 4 KiB on its disk."""
    with file.open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            pass
        end = os.path.getsize(file)
        filler.truncate(max(0, end // 4096 - pages) * 4096)
