"""Back to the release before, with what was written since."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.projects import files
from tests.update.projects import make, migrations, run
from tests.update.projects import update as update_project

SINCE = "\nmodel Own {\n  id Int @id\n}\n"
ADOPTING = "model User {\n  first Int?\n\n  /// for friends\n  nick String? // short\n\n  last Int?\n}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path)


def add(root: Path, text: str) -> Path:
    path = root / "prisma" / "schema.extended.prisma"
    path.write_text(path.read_text() + text)
    return path


def test_what_was_written_since_stays(root: Path):
    update_project(root)
    add(root, SINCE)
    run(root, "merge")
    (root / "prisma" / "migrations" / "20990303000000_dev_own").mkdir()
    (root / "prisma" / "migrations" / "20990303000000_dev_own" / "migration.sql").write_text("SELECT 1;")
    run(root, "rollback")
    assert SINCE in (root / "prisma" / "schema.extended.prisma").read_text()
    assert "model Own" in (root / "prisma" / "schema.prisma").read_text()
    assert migrations(root)[-1] == "20990303000000_dev_own"
    assert not [name for name in migrations(root) if name.endswith("_notes")]
    run(root, "merge", "--check")


def test_what_was_adopted_comes_back_beside_later_work(tmp_path: Path):
    root = make(tmp_path, extended=ADOPTING)
    update_project(root, adopt=True)
    path = add(root, SINCE)
    path.write_text(path.read_text().replace("first Int?", "first Int? // counted"))
    run(root, "rollback")
    assert path.read_text() == ADOPTING.replace("first Int?", "first Int? // counted") + SINCE


def test_where_both_changed_nothing_is_guessed(tmp_path: Path):
    root = make(tmp_path, extended=ADOPTING)
    update_project(root, adopt=True)
    path = root / "prisma" / "schema.extended.prisma"
    path.write_text(path.read_text().replace("nick, in base since 2.0.0", "nick moved"))
    before = files(root)
    assert "rollback_file_changed" in run(root, "rollback", code=1)
    assert files(root) == before


def test_work_that_needs_the_release_is_told(root: Path):
    update_project(root)
    add(root, "model Note {\n  pinned Boolean?\n}\n")
    before = files(root)
    said = run(root, "rollback", code=1)
    assert "schema.extended.prisma:5" in said
    assert files(root) == before


def test_migrations_that_a_database_has_had_stay(root: Path):
    update_project(root)
    found = json.loads(run(root, "rollback", "--keep-migrations", "--json"))
    assert found["state"] == "done"
    assert found["removedMigrations"] == []
    (kept,) = found["keptMigrations"]
    assert kept in migrations(root)
    assert kept in (root / "kaven.lock").read_text()
    assert 'release = "1.0.0"' in (root / "kaven.lock").read_text()
    run(root, "update")
    assert len([name for name in migrations(root) if name.endswith("_notes")]) == 1


def test_without_what_it_needs(root: Path):
    assert "rollback_impossible" in run(root, "rollback", code=1)
    update_project(root)
    undo = root / "prisma" / ".kaven-releases" / "2.0.0" / "undo.json"
    undo.write_text("{")
    assert "rollback_impossible" in run(root, "rollback", code=1)
    undo.unlink()
    assert "rollback_impossible" in run(root, "rollback", code=1)
