"""The application and its story, read by mypy and pyright beside the generated client, as a developer has them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.serving import TOP, Served

pytestmark = pytest.mark.xdist_group("example")
PACKAGES = ("shop", "story")


@pytest.fixture(scope="module")
def folder(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("types")
    for name in PACKAGES:
        (found / name).symlink_to(TOP / "examples" / name)
    (found / "db").symlink_to(served.project / "db")
    (found / "kaven_schema").symlink_to(TOP / "kaven_schema")
    return found


def checked(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "MYPYPATH"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout, f"{done.stderr}\npip install -e '.[dev]' installs the type checkers"
    return done.stdout


@pytest.mark.long
def test_mypy(folder: Path) -> None:
    options = ("--strict", "--follow-imports=silent", "--cache-dir=cache")
    said = checked(folder, "mypy", *options, *(part for name in PACKAGES for part in ("-p", name)))
    assert said.startswith("Success"), said


@pytest.mark.long
def test_pyright(folder: Path) -> None:
    said = json.loads(
        checked(
            folder,
            "basedpyright",
            "--outputjson",
            "--level",
            "error",
            "--pythonpath",
            sys.executable,
            *PACKAGES,
        )
    )
    assert said["generalDiagnostics"] == []
    assert said["summary"]["filesAnalyzed"] > 20


def test_there_is_no_any() -> None:
    for name in PACKAGES:
        for file in (TOP / "examples" / name).rglob("*.py"):
            assert not re.search(r"\bAny\b|type: ignore|\bcast\(", file.read_text(encoding="utf-8")), file
