"""The command as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
DROP = "20260102000000_dev_drop_company"


@pytest.fixture
def project(tmp_path):
    shutil.copytree(HERE / "fixtures" / "project", tmp_path, dirs_exist_ok=True)
    return tmp_path


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "kaven_schema", "migrate", "lint", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_nothing_found(project):
    done = run(project, "--today", "2026-11-22")
    assert (done.returncode, done.stdout) == (0, "no problems found\n")


def test_a_break_is_shown_at_its_place(project):
    (project / "prisma/migrations/accepted-breaks.toml").unlink()
    done = run(project)
    assert done.returncode == 1
    assert f"--> prisma/migrations/{DROP}/migration.sql:1:21" in done.stdout
    assert 'ALTER TABLE "users" DROP COLUMN "company";\n' in done.stdout
    assert "| " + " " * 20 + "^" * 21 + "\n" in done.stdout


@pytest.mark.parametrize("options", [["--json"], ["--format", "json"]])
def test_json(project, options):
    done = run(project, *options, "--today", "2027-01-01")
    [found] = json.loads(done.stdout)["diagnostics"]
    assert found["rule"] == "accepted_break_current"
    assert (found["location"]["path"], found["location"]["line"]) == (
        "prisma/migrations/accepted-breaks.toml",
        2,
    )


def test_github_and_sarif(project):
    (project / "prisma/migrations/accepted-breaks.toml").unlink()
    place = f"::error file=prisma/migrations/{DROP}/migration.sql,line=1,endLine=1,col=21,endColumn=42"
    assert run(project, "--format", "github").stdout.startswith(place)
    [result] = json.loads(run(project, "--format", "sarif").stdout)["runs"][0]["results"]
    assert result["ruleId"] == "column_not_dropped"


def test_folders_that_are_named(project):
    assert run(project, f"prisma/migrations/{DROP}", "--today", "2026-11-22").returncode == 0
    assert run(project, "prisma/migration").returncode == 2
