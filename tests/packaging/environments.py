"""Commands run as a user runs them, in virtual environments of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def start(
    *command: str | Path, cwd: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The finished process. Nothing of the tests' own Python reaches it."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        command, cwd=cwd, env={**outside, **(variables or {})}, check=False, capture_output=True, text=True
    )


def run(*command: str | Path, cwd: Path, variables: Mapping[str, str] | None = None) -> str:
    """What it prints to stdout; it has to end with 0."""
    done = start(*command, cwd=cwd, variables=variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment(folder: Path, *requirements: str, python: str = sys.executable) -> Path:
    """The `bin` of a new virtual environment with some packages."""
    run(python, "-m", "venv", folder, cwd=folder.parent)
    programs = folder / "bin"
    run(programs / "python", "-m", "pip", "install", "--disable-pip-version-check", *requirements, cwd=folder)
    return programs
