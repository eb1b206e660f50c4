"""All or nothing over many files: what is to be done is written down first, so that a killed run can be finished.

`.kaven/journal` holds every file's text before and after. As long as `journal.json` is not there nothing has been
changed; from then on the change is as good as made: the next command finishes it, or `kaven update --abort` undoes it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import shown_path, state_folder, sweep_leftovers, write_atomically
from kaven_schema.files.writing import real_target, unwritable
from kaven_schema.update.release.release import digest_of

_FOLDER = "journal"
_PLAN = "journal.json"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file's text before and after; None where there is no file."""

    path: Path
    before: str | None
    after: str | None

    @property
    def is_change(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Journal:
    """A change that is written down. `what` names it for people; `client` where one is to be generated."""

    root: Path
    what: str
    changes: tuple[FileChange, ...]
    client: bool = False

    def finish(self) -> None:
        """Make every file what it is to be. Raises KavenError `output_unwritable`, with the journal kept."""
        for change in self.changes:
            _put(change.path, change.after, self.root)

    def undo(self) -> None:
        """Make every file what it was; what is new goes first, for it makes room."""
        for change in sorted(self.changes, key=lambda change: change.before is not None):
            _put(change.path, change.before, self.root)
        self.close()

    def close(self) -> None:
        """The plan goes first: without it the texts mean nothing."""
        folder = journal_folder(self.root)
        with suppress(FileNotFoundError):
            os.unlink(folder / _PLAN)
        shutil.rmtree(folder, ignore_errors=True)

    def touched(self) -> tuple[FileChange, ...]:
        """The changes whose file is neither what it was nor what it is to be: somebody else wrote it."""
        return tuple(
            change for change in self.changes if _text(change.path) not in (change.before, change.after)
        )


def journal_folder(root: Path) -> Path:
    return root / ".kaven" / _FOLDER


def begin(root: Path, what: str, changes: Sequence[FileChange], *, client: bool = False) -> Journal:
    """Write down what is to be done, after everything was found to be possible; call it under `project_lock`.

    Raises KavenError `files_changed_meanwhile` where a file is not what it was planned from, `output_unwritable`,
    `output_outside_project`, `output_is_directory`, with nothing changed.
    """
    journal = Journal(root, what, tuple(change for change in changes if change.is_change), client)
    for change in journal.changes:
        _check_writable(change.path, root)
        if _text(change.path) != change.before:
            raise changed_meanwhile(shown_path(change.path), what)
    folder = state_folder(root) / _FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir()
        for number, change in enumerate(journal.changes):
            for side, text in (("before", change.before), ("after", change.after)):
                if text is not None:
                    write_atomically(folder / f"{number}.{side}", text, root=root)
        write_atomically(folder / _PLAN, json.dumps(_as_json(journal)), root=root)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise unwritable(folder, error) from None
    except KavenError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return journal


def changed_meanwhile(shown: str, what: str) -> KavenError:
    """What was planned holds for the files as they were read."""
    return KavenError(
        "files_changed_meanwhile",
        f"{shown} was changed while {what} was being planned",
        help="run the command again",
    )


def read_journal(root: Path) -> Journal | None:
    """The change that a killed run left; None where there is none. Raises KavenError `journal_invalid` (exit 1).

    What a run left before it had changed anything is removed.
    """
    folder = journal_folder(root)
    if not folder.is_dir():
        return None
    try:
        plan = json.loads((folder / _PLAN).read_bytes())
        return _from_json(plan, root, folder)
    except FileNotFoundError:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KavenError(
            "journal_invalid",
            f"{shown_path(folder)} of an update that was stopped cannot be read: {error}",
            help="restore the project's files from version control, then remove that folder",
            exit_code=ExitCode.PROBLEMS,
        ) from None


def _as_json(journal: Journal) -> dict[str, Any]:
    return {
        "version": 1,
        "what": journal.what,
        "client": journal.client,
        "changes": [
            {
                "path": os.path.relpath(change.path, journal.root),
                "before": _digest(change.before),
                "after": _digest(change.after),
            }
            for change in journal.changes
        ],
    }


def _from_json(plan: dict[str, Any], root: Path, folder: Path) -> Journal:
    def text(number: int, side: str, digest: str | None) -> str | None:
        if digest is None:
            return None
        found = (folder / f"{number}.{side}").read_bytes().decode()
        if _digest(found) != digest:
            raise ValueError(f"{number}.{side} is not what was written down")
        return found

    changes = tuple(
        FileChange(
            Path(os.path.normpath(root / one["path"])),
            text(number, "before", one["before"]),
            text(number, "after", one["after"]),
        )
        for number, one in enumerate(plan["changes"])
    )
    return Journal(root, plan["what"], changes, plan["client"])


def _digest(text: str | None) -> str | None:
    return None if text is None else digest_of(text.encode())


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unwritable(path, error) from None


def _check_writable(path: Path, root: Path) -> None:
    """A rename asks nothing of the file it replaces, but a read-only file is meant to stay."""
    target = Path(real_target(path, root))
    if target.is_dir():
        raise unwritable(path, IsADirectoryError(21, "it is a folder"))
    if target.exists() and not os.access(target, os.W_OK):
        raise unwritable(path, PermissionError(13, "Permission denied"))
    folder = target.parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise unwritable(path, PermissionError(13, f"Permission denied in {shown_path(folder)}"))


def _put(path: Path, text: str | None, root: Path) -> None:
    sweep_leftovers(path.parent)
    if text is None:
        _remove(path, root)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from None
    write_atomically(path, text, root=root)


def _remove(path: Path, root: Path) -> None:
    """With the folders that are empty then."""
    try:
        os.unlink(path)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise unwritable(path, error) from None
    folder = path.parent
    with suppress(OSError):
        while folder != root and root in folder.parents:
            folder.rmdir()
            folder = folder.parent
