"""The whole of `make bench`, once round, beside the programs that npm installs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def test_comparators_are_pinned_and_no_registry_is_named(checkout: Path) -> None:
    recipe = checkout / "benchmarks" / "npm"
    text = (recipe / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in text
    entries = json.loads(text)["packages"]
    wanted = json.loads((recipe / "package.json").read_bytes())["dependencies"]
    assert entries[""]["dependencies"] == wanted
    assert all(entries[f"node_modules/{name}"]["version"] == version for name, version in wanted.items())
    assert all("integrity" in entry for folder, entry in entries.items() if folder)


@pytest.mark.long
def test_every_row_has_a_figure(checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--rounds", "1", "--backup-users", "2000", "--json"],
        cwd=checkout,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "round 1 of 1" in done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert [row["failure"] for row in rows] == [None] * len(rows)
    assert all(row["ratio"] > 0 for row in rows)
    assert len([row for row in rows if row["target"]]) == 17
