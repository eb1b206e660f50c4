"""mypy and pyright read a tenant's client as they read the client itself, and find no Any in it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(params=["example", "school"])
def usage(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A program that uses the client, beside the client."""
    fixture = {"example": "package", "school": "school_package"}[request.param]
    package: ModuleType = request.getfixturevalue(fixture)
    assert package.__file__
    client = Path(package.__file__).parent
    (tmp_path / client.name).symlink_to(client)
    program = tmp_path / "usage.py"
    program.write_text(
        (FIXTURES / f"usage_{request.param}.txt").read_text(encoding="utf-8"), encoding="utf-8"
    )
    return program


def checked(program: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command, program.name],
        cwd=program.parent,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout, f"{done.stderr}\npip install -e '.[dev]' installs the type checkers"
    return done.stdout


def expected(program: Path) -> set[int]:
    lines = program.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if "# ERROR" in line}


def test_mypy(usage: Path) -> None:
    said = checked(usage, "mypy", "--strict", "--follow-imports=silent", "--cache-dir=.mypy_cache")
    found = {int(line) for line in re.findall(r"^usage\.py:(\d+): error", said, re.MULTILINE)}
    assert found == expected(usage), said


def test_pyright(usage: Path) -> None:
    said = json.loads(checked(usage, "basedpyright", "--outputjson", "--level", "error"))
    found = {one["range"]["start"]["line"] + 1 for one in said["generalDiagnostics"]}
    assert found == expected(usage), said


def test_stub_itself(usage: Path) -> None:
    """It is right, and says `Any` nowhere."""
    (stub,) = usage.parent.glob("*/tenant.pyi")
    assert not re.search(r"\bAny\b", stub.read_text(encoding="utf-8"))
    usage.write_text(f"import {stub.parent.name}.tenant\n", encoding="utf-8")
    said = checked(usage, "mypy", "--strict", "--disallow-any-explicit", "--cache-dir=.mypy_cache")
    assert f"{stub.name}:" not in said, said


def test_stub_says_what_there_is(usage: Path, request: pytest.FixtureRequest) -> None:
    """Every name that type checkers see can be imported, or is there at run time."""
    import importlib

    (stub,) = usage.parent.glob("*/tenant.pyi")
    names = re.findall(r"^    (\w+) as \w+,$", stub.read_text(encoding="utf-8"), re.MULTILINE)
    module = importlib.import_module(f"{stub.parent.name}.tenant")
    for name in (*names, "TenantBatch", "TenantClient", "TenantTransaction", "tenant_client"):
        assert hasattr(module, name), name
