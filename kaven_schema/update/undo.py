"""The way back from a release, written down when it is installed and committed with it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kaven_schema.config import Settings
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import read_source, shown_path
from kaven_schema.update.journal import FileChange
from kaven_schema.update.kept import undo_path
from kaven_schema.update.lock import Lock
from kaven_schema.update.plan import Plan


@dataclass(frozen=True, slots=True)
class Undo:
    """What the files were before the update, and what it made of them; base and the output are not among them."""

    files: tuple[FileChange, ...]


def undo_text(settings: Settings, plan: Plan, changes: Sequence[FileChange]) -> str:
    """JSON. Base is kept beside it, and the output follows from the rest."""
    left_out = (settings.base, settings.output)
    files = [
        {
            "path": os.path.relpath(change.path, settings.root).replace(os.sep, "/"),
            "before": change.before,
            "after": change.after,
        }
        for change in changes
        if change.is_change and change.path not in left_out
    ]
    releases = [str(step.release.version) for step in plan.steps]
    return (
        json.dumps({"version": 1, "releases": releases, "files": files}, indent=1, ensure_ascii=False) + "\n"
    )


def read_undo(settings: Settings, lock: Lock) -> Undo:
    """Raises KavenError `rollback_impossible` (exit 1)."""
    path = undo_path(settings, lock.release)
    if lock.previous is None or not path.is_file():
        reason = f"{shown_path(path)} is missing" if lock.previous else "no release was installed before it"
        raise KavenError(
            "rollback_impossible",
            f"there is no way back from {lock.release}: {reason}",
            help="go back by version control: git log -- kaven.lock",
            exit_code=ExitCode.PROBLEMS,
        )
    try:
        plan = json.loads(read_source(path).text)
        files = [(Path(settings.root, one["path"]), one["before"], one["after"]) for one in plan["files"]]
        return Undo(tuple(FileChange(Path(os.path.normpath(file)), *texts) for file, *texts in files))
    except (ValueError, KeyError, TypeError) as error:
        raise KavenError(
            "rollback_impossible",
            f"{shown_path(path)} cannot be read: {error}",
            help=f"restore it from version control: git checkout -- {shown_path(path)}",
            exit_code=ExitCode.PROBLEMS,
        ) from None
