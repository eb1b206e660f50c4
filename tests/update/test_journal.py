"""Killed at any moment: the next command finishes it or undoes it, and says which."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.update import journal as journals
from kaven_schema.update.journal import FileChange, begin, read_journal
from kaven_schema.update.recovering import abort, recover
from tests.projects import files
from tests.running import command, environment
from tests.update.projects import copy_of, make, run

# Ends the process, as pulling the plug would, right before its n-th change of the disk.
KILLED = """
import os, signal, sys
left = int(sys.argv[1])
def counted(name):
    change = getattr(os, name)
    def wrapped(*arguments, **options):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return change(*arguments, **options)
    setattr(os, name, wrapped)
for name in ("replace", "unlink", "fsync", "mkdir", "rmdir"):
    counted(name)
from kaven_schema.cli import main
main(sys.argv[2:])
"""


def killed(root: Path, number: int, *arguments: str) -> bool:
    """Whether the command lived long enough to be killed there."""
    done = subprocess.run(
        command("-c", KILLED, str(number), *arguments),
        cwd=root,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


@pytest.mark.parametrize("finishes", [True, False])
def test_killed_at_each_step(tmp_path: Path, finishes: bool):
    root = make(tmp_path / "made")
    before = files(root)
    after = files(_updated(root, tmp_path / "whole"))
    outcomes, number, step = set(), 0, 3
    while True:
        now = copy_of(tmp_path / "made", tmp_path / f"killed-{number}") / "project"
        if not killed(now, number, "update"):
            break
        said = run(now, "check", "--no-official") if finishes else run(now, "update", "--abort")
        found = files(now)
        assert found in (before, after), number
        if finishes:
            assert ("finished now" in said) is (found == after and "stopped half-way" in said)
        else:
            assert found == before or "nothing to undo" in said
        assert not (now / ".kaven" / "journal").exists()
        outcomes.add("after" if found == after else "before")
        number += step
    assert number > 20
    assert "before" in outcomes
    assert not finishes or "after" in outcomes


def _updated(root: Path, folder: Path) -> Path:
    whole = copy_of(root.parent, folder) / "project"
    run(whole, "update")
    return whole


# --- the journal by itself ------------------------------------------------------------------------------


def changes(root: Path) -> list[FileChange]:
    (root / "old").write_text("old")
    (root / "gone").write_text("gone")
    return [
        FileChange(root / "old", "old", "new\r\n"),
        FileChange(root / "gone", "gone", None),
        FileChange(root / "deep" / "er" / "made", None, "made"),
        FileChange(root / "same", None, None),
    ]


def test_it_finishes_and_undoes(tmp_path: Path):
    journal = begin(tmp_path, "the change", changes(tmp_path))
    before = files(tmp_path)
    journal.finish()
    assert (tmp_path / "old").read_bytes() == b"new\r\n"
    assert not (tmp_path / "gone").exists()
    assert (tmp_path / "deep" / "er" / "made").read_text() == "made"
    journal.finish()
    journal.undo()
    assert files(tmp_path) == before
    assert not (tmp_path / "deep").exists()
    assert read_journal(tmp_path) is None


def test_what_was_changed_since_is_not_overwritten_unasked(tmp_path: Path):
    begin(tmp_path, "the change", changes(tmp_path))
    (tmp_path / "old").write_text("hers")
    with pytest.raises(KavenError) as caught:
        recover(tmp_path, lambda: None)
    assert caught.value.rule == "update_interrupted"
    assert "--abort" in caught.value.help
    assert "undone" in abort(tmp_path)
    assert (tmp_path / "old").read_text() == "old"
    assert (tmp_path / ".kaven" / "kept" / "old.aborted").read_text() == "hers"


def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path):
    begin(tmp_path, "the change", changes(tmp_path))
    (tmp_path / ".kaven" / "journal" / "0.after").write_text("other")
    with pytest.raises(KavenError) as caught:
        read_journal(tmp_path)
    assert caught.value.rule == "journal_invalid"


def test_without_a_plan_nothing_had_been_changed(tmp_path: Path):
    begin(tmp_path, "the change", changes(tmp_path))
    (tmp_path / ".kaven" / "journal" / "journal.json").unlink()
    assert recover(tmp_path, lambda: None) == ""
    assert not (tmp_path / ".kaven" / "journal").exists()


@pytest.mark.parametrize("room", [12, 40, 300])
def test_no_space_changes_nothing(tmp_path: Path, room: int):
    """A file of more than `room` bytes cannot be written, as on a full disk."""
    import resource

    root = make(tmp_path)
    before = files(root)
    done = subprocess.run(
        command("-m", "kaven_schema", "update"),
        cwd=root,
        env={**environment(), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
    )
    assert done.returncode == 3, done.stderr
    assert "error[output_unwritable]" in done.stderr
    assert "df " in done.stderr
    assert files(root) == before
    assert not journals.journal_folder(root).exists()


def test_a_client_that_fails_takes_everything_back(tmp_path: Path):
    from kaven_schema.update.updating import apply_update
    from tests.update.projects import planned

    root = make(tmp_path)
    before = files(root)

    def fail() -> None:
        assert "Note" in (root / "prisma" / "schema.prisma").read_text()
        raise KavenError("client_failed", "no client", help="see")

    update = planned(root)
    with pytest.raises(KavenError, match="no client"):
        apply_update(update, fail)
    assert files(root) == before
    assert not journals.journal_folder(root).exists()


def test_a_file_changed_while_the_plan_was_read_stops_all(tmp_path: Path):
    from kaven_schema.update.updating import apply_update, file_changes
    from tests.update.projects import planned

    root = make(tmp_path)
    update = planned(root)
    assert file_changes(update)
    (root / "prisma" / "schema.base.prisma").write_text("// other\n")
    before = files(root)
    with pytest.raises(KavenError) as caught:
        apply_update(update, lambda: None)
    assert caught.value.rule == "files_changed_meanwhile"
    assert files(root) == before
