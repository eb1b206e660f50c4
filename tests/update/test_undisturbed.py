"""What another run changes while this one plans is never told as a fault of the project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kaven_schema.config import load_settings
from kaven_schema.diagnostics import KavenError
from kaven_schema.files import project_lock
from kaven_schema.update.journal import Journal, begin
from kaven_schema.update.restoring import apply_restoration, plan_restoration
from kaven_schema.update.undisturbed import undisturbed
from kaven_schema.update.updating import Update, apply_update, file_changes
from tests.projects import files
from tests.update.projects import make, planned

BASE = "prisma/schema.base.prisma"
NOTES = "prisma/migrations/20990101000001_kaven_notes"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path)


def begun(root: Path) -> Journal:
    """Another run's update, written down and not yet done."""
    found = planned(root)
    with project_lock(root):
        return begin(root, found.what, file_changes(found))


def test_half_an_update_is_looked_at_again_when_it_is_whole(root: Path):
    """Its folder without a script would be an error of the project."""
    others: list[Journal] = []

    def look() -> Update:
        if not others:
            others.append(begun(root))
            (root / NOTES).mkdir()
            try:
                return planned(root)
            finally:
                others[0].finish()
                others[0].close()
        return planned(root)

    assert undisturbed(load_settings(root), "the update", look).is_current


def test_a_fault_of_the_project_itself_is_told_at_once(root: Path):
    (root / NOTES).mkdir()
    looks: list[bool] = []

    def look() -> Update:
        looks.append(True)
        return planned(root)

    with pytest.raises(KavenError) as caught:
        undisturbed(load_settings(root), "the update", look)
    assert caught.value.rule == "migration_script_missing"
    assert len(looks) == 1


def test_a_whole_update_in_between(root: Path):
    looks: list[bool] = []

    def look() -> Update:
        found = planned(root)
        if not looks:
            apply_update(found, lambda: None)
        looks.append(found.is_current)
        return found

    assert undisturbed(load_settings(root), "the update", look).is_current
    assert looks == [False, True]


def test_base_that_is_saved_at_each_look(root: Path):
    def look() -> None:
        (root / BASE).write_text((root / BASE).read_text() + "// more\n")

    with pytest.raises(KavenError) as caught:
        undisturbed(load_settings(root), "the update", look)
    assert caught.value.rule == "files_changed_meanwhile"
    assert (root / BASE).read_text().count("// more\n") == 3


def test_nothing_is_read_in_the_middle_of_an_update(root: Path):
    begun(root)
    with pytest.raises(KavenError) as caught:
        undisturbed(load_settings(root), "the rollback", lambda: pytest.fail("read all the same"))
    assert "while the rollback was being planned" in caught.value.message


def test_nothing_is_written_by_looking(root: Path):
    shutil.rmtree(root / ".kaven")
    before = files(root)
    undisturbed(load_settings(root), "the update", lambda: planned(root))
    assert files(root) == before
    assert not (root / ".kaven").exists()


def test_a_line_saved_after_the_restoring_was_planned_is_not_lost(root: Path):
    found = planned(root)
    apply_update(found, lambda: None)
    edited = (root / BASE).read_text().replace("  nick  String?\n", "  nick  String?\n  mine Int?\n")
    (root / BASE).write_text(edited)
    plan = plan_restoration(load_settings(root), found.lock, found.target.base)
    (root / BASE).write_text(edited + "// later\n")
    before = files(root)
    with pytest.raises(KavenError) as caught:
        apply_restoration(plan, lambda: None)
    assert caught.value.rule == "files_changed_meanwhile"
    assert files(root) == before
