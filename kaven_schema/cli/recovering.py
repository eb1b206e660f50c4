"""Before a command: what a killed update left half done is finished."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# They change nothing of a project.
_LEFT_ALONE = ("explain", "completion", "parse", "format", "diff", "doctor")


def recover_first(command: str, *arguments: str) -> None:
    """A few looks at the disk where no update was stopped. Raises KavenError as `recover` does."""
    root = _interrupted(os.getcwd())
    if root is None or command in _LEFT_ALONE or (command == "update" and "--abort" in arguments):
        return
    from kaven_schema.cli.output import say
    from kaven_schema.cli.update import generate
    from kaven_schema.config import load_settings
    from kaven_schema.update.recovering import recover

    if done := recover(root, lambda: generate(load_settings(root))):
        say(done)


def _interrupted(folder: str) -> Path | None:
    """The nearest project at or above a folder in which an update was stopped."""
    while not os.path.isdir(os.path.join(folder, ".kaven", "journal")):
        parent = os.path.dirname(folder)
        if parent == folder or os.path.lexists(os.path.join(folder, ".git")):
            return None
        folder = parent
    from pathlib import Path

    return Path(folder)
