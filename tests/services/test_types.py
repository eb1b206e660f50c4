"""Type checkers take a generated client for what the services ask for, and see what they return."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.project import CLIENT

USAGE = Path(__file__).parent / "fixtures" / "usage.txt"
SERVICES = Path(__file__).resolve().parents[2] / "kaven_schema" / "services"
EXPECTED = {
    number
    for number, line in enumerate(USAGE.read_text(encoding="utf-8").splitlines(), 1)
    if "# ERROR" in line
}


@pytest.fixture
def folder(services_project: Path, tmp_path: Path, checkout: Path) -> Path:
    """A program beside the client, and no settings of ours."""
    shutil.copy(USAGE, tmp_path / "usage.py")
    (tmp_path / CLIENT).symlink_to(services_project / CLIENT)
    (tmp_path / "kaven_schema").symlink_to(checkout / "kaven_schema")
    return tmp_path


def checked(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command, "usage.py"],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "MYPYPATH"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout, f"{done.stderr}\npip install -e '.[dev]' installs the type checkers"
    return done.stdout


def test_mypy(folder: Path) -> None:
    said = checked(folder, "mypy", "--strict", "--follow-imports=silent", "--cache-dir=cache")
    assert {int(line) for line in re.findall(r"^usage\.py:(\d+): error", said, re.MULTILINE)} == EXPECTED, (
        said
    )
    assert re.search(r'Revealed type is ".*models\.User \| None', said), said


def test_pyright(folder: Path) -> None:
    said = json.loads(checked(folder, "basedpyright", "--outputjson", "--level", "error"))
    found = {one["range"]["start"]["line"] + 1 for one in said["generalDiagnostics"]}
    assert found == EXPECTED, said["generalDiagnostics"]


def test_public_signatures_have_no_any() -> None:
    for file in SERVICES.rglob("*.py"):
        if "tenan" not in str(file):
            assert not re.search(r"\bAny\b", file.read_text(encoding="utf-8")), file
