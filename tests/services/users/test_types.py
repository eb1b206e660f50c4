"""Type checkers take a generated client for what audit, tokens, tenants and users ask for."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.services.project import CLIENT
from tests.services.test_types import checked

USAGE = Path(__file__).parent / "usage.txt"
ROOMS = ("audit", "access_tokens", "super_admins", "tenants", "users")
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


def test_mypy(folder: Path) -> None:
    said = checked(folder, "mypy", "--strict", "--follow-imports=silent", "--cache-dir=cache")
    found = {int(line) for line in re.findall(r"^usage\.py:(\d+): error", said, re.MULTILINE)}
    assert found == EXPECTED, said
    assert re.search(r'Revealed type is ".*models\.User \| None', said), said


def test_pyright(folder: Path) -> None:
    said = json.loads(checked(folder, "basedpyright", "--outputjson", "--level", "error"))
    found = {one["range"]["start"]["line"] + 1 for one in said["generalDiagnostics"]}
    assert found == EXPECTED, said["generalDiagnostics"]


def test_public_signatures_have_no_any(checkout: Path) -> None:
    for room in ROOMS:
        for file in (checkout / "kaven_schema" / "services" / room).rglob("*.py"):
            assert not re.search(r"\bAny\b", file.read_text(encoding="utf-8")), file
