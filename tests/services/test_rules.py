"""The services' rules as a migration that a project takes."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from kaven_schema.database.lint import lint_folder
from kaven_schema.services.rules import SCRIPTS, rules_script, write_rules_migration


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kaven_schema.services.rules", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_written(tmp_path: Path) -> None:
    later = tmp_path / "29990101000000_dev_last" / "migration.sql"
    later.parent.mkdir()
    later.write_text("SELECT 1;\n", encoding="utf-8")
    script = write_rules_migration(tmp_path)
    assert script == tmp_path / "29990101000001_dev_services_rules" / "migration.sql"
    assert script.read_text(encoding="utf-8") == rules_script()
    with pytest.raises(FileExistsError):
        write_rules_migration(tmp_path)


def test_as_a_program(tmp_path: Path) -> None:
    assert run().stdout == rules_script()
    written = run(str(tmp_path / "migrations"))
    assert Path(written.stdout.strip()).read_text(encoding="utf-8") == rules_script()
    (tmp_path / "file").write_text("")
    refused = run(str(tmp_path / "file"))
    assert (refused.returncode, "cannot be written" in refused.stderr) == (1, True)


def test_it_only_adds(tmp_path: Path) -> None:
    """By our own judgement of migrations, after those of the example."""
    examples = Path(__file__).resolve().parents[2] / "prisma" / "migrations"
    for script in sorted(examples.glob("*/migration.sql")):
        copy = tmp_path / script.parent.name / script.name
        copy.parent.mkdir()
        copy.write_bytes(script.read_bytes())
    written = write_rules_migration(tmp_path)
    found = lint_folder(tmp_path, today=date(2025, 3, 1))
    assert not [one for one in found if written.parent.name in one.labels[0].source.path]


def test_every_script_is_in_it() -> None:
    services = Path(__file__).resolve().parents[2] / "kaven_schema" / "services"
    assert sorted(SCRIPTS) == sorted(str(path.relative_to(services)) for path in services.rglob("*.sql"))
