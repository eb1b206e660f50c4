"""mypy and pyright read the same from a lean client as from prisma-client-py's own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

USAGE = Path(__file__).parent / "fixtures" / "usage.txt"
EXPECTED = {
    number
    for number, line in enumerate(USAGE.read_text(encoding="utf-8").splitlines(), 1)
    if "# ERROR" in line
}


def checked(folder: Path, *command: str) -> str:
    client = (folder / "db" / "client.py").read_text(encoding="utf-8")
    usage = USAGE.read_text(encoding="utf-8")
    if "class Prisma(SyncBasePrisma)" in client:
        usage = usage.replace("async ", "").replace("await ", "")
    (folder / "usage.py").write_text(usage, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", *command, "usage.py"], cwd=folder, check=False, capture_output=True, text=True
    )
    assert done.stdout, f"{done.stderr}\npip install -e '.[dev]' installs the type checkers"
    return done.stdout


def test_mypy(folders, tmp_path: Path) -> None:
    said = {
        name: checked(folder, "mypy", "--strict", f"--cache-dir={tmp_path / name}")
        for name, folder in folders.items()
    }
    assert said["lean"] == said["plain"]
    found = re.findall(r"^(.*):(\d+): error", said["lean"], re.MULTILINE)
    assert {file for file, _ in found} == {"usage.py"}, "the client itself has none, wherever it is"
    assert {int(line) for _, line in found} == EXPECTED


def test_pyright(folders) -> None:
    found = {}
    for name, folder in folders.items():
        said = json.loads(checked(folder, "basedpyright", "--outputjson", "--level", "error"))
        found[name] = [
            (one["range"]["start"]["line"] + 1, one["message"]) for one in said["generalDiagnostics"]
        ]
    assert found["lean"] == found["plain"]
    assert {line for line, _ in found["lean"]} == EXPECTED
