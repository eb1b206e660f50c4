from __future__ import annotations

import os
from pathlib import Path

import pytest

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.docs.site.writing import MARKER, stale_files, write_site

FILES = {"index.html": b"<p>", "models/A.html": b"A"}


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "public" / "site"


def test_a_new_folder_then_nothing_to_do(target: Path) -> None:
    assert write_site(target, FILES)
    assert {**files(target)}.keys() == {*FILES, MARKER}
    before = target.stat().st_ino
    assert not write_site(target, FILES)
    assert target.stat().st_ino == before
    assert os.listdir(target.parent) == ["site"]


def test_what_is_no_longer_wanted_goes(target: Path) -> None:
    write_site(target, FILES)
    assert stale_files(target, {"index.html": b"new"}) == [MARKER, "index.html", "models/A.html"]
    assert write_site(target, {"index.html": b"new"})
    assert files(target).keys() == {"index.html", MARKER}
    assert not (target / "models").exists()


def test_what_somebody_put_beside_our_pages_stays(target: Path) -> None:
    write_site(target, FILES)
    (target / "CNAME").write_text("schema.example.com")
    (target / "models" / "mine.txt").write_text("x")
    (target / "models" / "A.html").write_bytes(b"edited")
    (target / "link").symlink_to("CNAME")
    (target / "folder").symlink_to("models")
    write_site(target, {"index.html": b"new", "models/A.html": b"A"})
    found = files(target)
    assert found["CNAME"] == b"schema.example.com"
    assert found["models/mine.txt"] == b"x"
    assert found["models/A.html"] == b"A"
    assert (target / "link").is_symlink()
    assert (target / "folder").is_symlink()


def test_stale_names_what_is_missing_or_edited(target: Path) -> None:
    assert stale_files(target, FILES) == [MARKER, "index.html", "models/A.html"]
    write_site(target, FILES)
    assert stale_files(target, FILES) == []
    (target / "models" / "A.html").unlink()
    (target / "index.html").write_bytes(b"edited")
    assert stale_files(target, FILES) == ["index.html", "models/A.html"]


def test_an_empty_folder_is_taken(target: Path) -> None:
    target.mkdir(parents=True)
    assert write_site(target, FILES)


@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_we_did_not_write_stays(what: str, target: Path) -> None:
    target.parent.mkdir()
    if what == "folder":
        target.mkdir()
        (target / "thesis.txt").write_text("five years of work")
    else:
        target.write_text("five years of work")
    with pytest.raises(KavenError) as caught:
        write_site(target, FILES)
    assert (caught.value.rule, caught.value.exit_code) == ("docs_folder_not_ours", ExitCode.WRONG_USE)
    kept = target / "thesis.txt" if what == "folder" else target
    assert kept.read_text() == "five years of work"


def test_behind_a_symlink_the_real_folder_is_replaced(target: Path, tmp_path: Path) -> None:
    write_site(target, FILES)
    link = tmp_path / "link"
    link.symlink_to(target)
    assert write_site(link, {"index.html": b"new"})
    assert link.is_symlink()
    assert (target / "index.html").read_bytes() == b"new"


def test_a_marker_cannot_name_files_elsewhere(target: Path) -> None:
    write_site(target, FILES)
    (target.parent / "other.txt").write_text("x")
    (target / MARKER).write_text('{"files": ["../other.txt", "/etc/passwd", 5]}')
    assert write_site(target, FILES)
    assert (target.parent / "other.txt").read_text() == "x"


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_failing_swap_leaves_what_stood_there(
    fails_at: int, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_site(target, FILES)
    before = files(target)
    calls = iter(range(1, 9))
    rename = os.rename

    def failing(source: str, goal: str) -> None:
        if next(calls) == fails_at:
            raise OSError(28, "No space left on device")
        rename(source, goal)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(KavenError) as caught:
        write_site(target, {"index.html": b"new"})
    assert caught.value.rule == "output_unwritable"
    assert files(target) == before
    assert os.listdir(target.parent) == ["site"]


def test_a_folder_that_cannot_be_written(public_folder: Path, unprivileged) -> None:
    closed = public_folder / "closed"
    closed.mkdir(mode=0o555)
    closed.chmod(0o555)
    with unprivileged(), pytest.raises(KavenError) as caught:
        write_site(closed / "site", FILES)
    assert caught.value.rule == "output_unwritable"
    closed.chmod(0o755)
    assert os.listdir(closed) == []


def test_leftovers_of_killed_runs_are_swept(target: Path) -> None:
    target.parent.mkdir()
    left = target.parent / ".site.kaven-999999999.tmp"
    (left / "models").mkdir(parents=True)
    write_site(target, FILES)
    assert os.listdir(target.parent) == ["site"]


def test_a_run_that_was_killed_between_two_renames_lost_nothing(target: Path) -> None:
    write_site(target, FILES)
    (target / "CNAME").write_text("schema.example.com")
    target.rename(target.parent / ".site.kaven-old")
    write_site(target, {"index.html": b"new"})
    assert files(target)["CNAME"] == b"schema.example.com"
    assert os.listdir(target.parent) == ["site"]
    (target.parent / ".site.kaven-old").mkdir()
    (target.parent / ".site.kaven-old" / MARKER).write_text("{}")
    write_site(target, FILES)
    assert os.listdir(target.parent) == ["site"]
