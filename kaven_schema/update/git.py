"""What version control says of the project's files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def uncommitted(root: Path, *, but: Sequence[Path] = ()) -> tuple[str, ...]:
    """Changed and new files below a folder that no commit holds; none where there is no git or no repository."""
    import subprocess

    command = ["git", "-c", "core.quotePath=false", "status", "--porcelain", "-z", "--", "."]
    command += [f":(exclude,literal){path}" for path in but]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    except OSError:
        return ()
    if done.returncode:
        return ()
    entries = done.stdout.decode("utf-8", "replace").split("\0")
    return tuple(entry[3:] for entry in entries if len(entry) > 3 and entry[2] == " ")
