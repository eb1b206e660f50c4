"""Back to the release before, with what was written since."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kaven_schema.config import load_settings
from kaven_schema.diagnostics import KavenError
from kaven_schema.update.rollback import apply_rollback, plan_rollback
from tests.projects import files
from tests.update.projects import TWO, TWO_SQL, make, migrations, run
from tests.update.projects import update as update_project
from tests.update.vendor import release

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


def test_what_a_release_took_away_is_told(tmp_path: Path):
    entry = ("vendor_field_kept", "User.old", "20260303000000_kaven_drop_old")
    script = {entry[2]: 'ALTER TABLE "User" DROP COLUMN "old";\n'}
    less = TWO.replace("  old   String?\n", "")
    root = make(tmp_path, more=(release("3.0.0", less, after="2.0.0", sql=script, breaks=[entry]),))
    run(root, "update", "--to", "2.0.0")
    accepted = 'release = "3.0.0"\nrule = "vendor_field_kept"\npath = "User.old"\nreason = "not ours"\n'
    with (root / "kaven.lock").open("a") as lock:
        lock.write(f"\n[[accepted]]\n{accepted}")
    run(root, "update")
    plan = run(root, "rollback", "--database")
    assert "-- column User.old: comes back empty" in plan
    assert json.loads(run(root, "rollback", "--dry-run", "--json"))["misses"] == ["User.old"]
    said = run(root, "rollback", "--keep-migrations")
    assert "not what 2.0.0 needs (User.old)" in said
    assert "harms nobody" not in said


def test_the_way_back_of_the_database_says_what_each_statement_costs(tmp_path: Path):
    two = TWO.replace(
        "  nick  String?\n", "  nick  String?\n  role  Role @default(USER)\n\n  @@index([nick])\n"
    )
    enums = "enum Role {\n  USER\n%s}\n\nenum Size {\n  SMALL\n}\n"
    trees = (
        release("2.1.0", two + enums % "", after="2.0.0"),
        release("2.2.0", two + enums % "  OWNER\n", after="2.1.0"),
    )
    root = make(tmp_path, more=trees)
    run(root, "update", "--to", "2.0.0")
    run(root, "update", "--to", "2.1.0")
    found = json.loads(run(root, "rollback", "--database", "--json"))
    assert found["loses"] == ["column User.role"]
    notes = [note.partition(":")[0] for step in found["steps"] for note in step["notes"]]
    assert sorted(notes) == ["column User.role", "enum Role", "enum Size", "index User_nick_idx"]
    before = files(root)
    run(root, "update")
    script = run(root, "rollback", "--database")
    assert "-- enum Role: its new values may stay; this fails while rows hold one" in script
    assert "loses" not in script
    run(root, "rollback")
    assert files(root) == before


def test_a_migration_that_takes_it_back_is_written_when_asked(root: Path):
    update_project(root)
    brought = migrations(root)
    found = json.loads(run(root, "rollback", "--down-migration", "--dry-run", "--json"))
    assert found["downMigration"]
    assert migrations(root) == brought
    run(root, "rollback", "--down-migration")
    assert migrations(root)[:-1] == brought
    script = (root / "prisma" / "migrations" / migrations(root)[-1] / "migration.sql").read_text()
    assert "kaven has not run this" in script
    assert 'DROP TABLE "Note"' in script
    run(root, "update")
    again = (root / "prisma" / "migrations" / migrations(root)[-1] / "migration.sql").read_text()
    assert again == TWO_SQL
    assert "--remove-migrations" not in run(
        root, "rollback", "--down-migration", "--remove-migrations", code=2
    )


@pytest.mark.parametrize("name", ["schema.extended.prisma", "schema.base.prisma", "schema.prisma"])
def test_a_file_that_was_changed_while_the_plan_was_made_stops_all(root: Path, name: str):
    update_project(root)
    planned = plan_rollback(load_settings(root), applied=())
    (root / "prisma" / name).write_text("// mine\n")
    before = files(root)
    with pytest.raises(KavenError) as caught:
        apply_rollback(planned, lambda: None)
    assert caught.value.rule == "files_changed_meanwhile"
    assert files(root) == before


def test_without_what_it_needs(root: Path):
    assert "rollback_impossible" in run(root, "rollback", code=1)
    update_project(root)
    undo = root / "prisma" / ".kaven-releases" / "2.0.0" / "undo.json"
    undo.write_text("{")
    assert "rollback_impossible" in run(root, "rollback", code=1)
    undo.unlink()
    assert "rollback_impossible" in run(root, "rollback", code=1)
