"""The vendor's migrations come behind all that are there, whatever these are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.database.migrations.folder import read_folder
from kaven_schema.update.migrating import Bringing, bring
from kaven_schema.update.release.release import text_digest
from tests.update.projects import TWO, TWO_SQL, make, planned
from tests.update.vendor import release

MORE = {"20250101000000_kaven_first": "SELECT 1;\n", "20250102000000_kaven_second": "SELECT 2;\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path, more=(release("3.0.0", TWO, after="2.0.0", sql=MORE),))


def brought(root: Path, folders: list[str], *, keep: int = 0) -> Bringing:
    folder = root / "migrations"
    for name in folders:
        (folder / name).mkdir(parents=True)
        (folder / name / "migration.sql").write_text("SELECT 0;\n")
    steps = planned(root).plan.steps
    all_of_them = bring(read_folder(folder), steps, (), adopt=False)
    locked = [one.locked for one in all_of_them.migrations[:keep]]
    return bring(read_folder(folder), steps, locked, adopt=False)


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (
            ["20990101000000_dev_a", "20260101000000_kaven_b"],
            ["20990101000001_kaven_notes", "20990101000002_kaven_first", "20990101000003_kaven_second"],
        ),
        (["001_kaven_init", "009_dev_a"], ["010_kaven_notes", "011_kaven_first", "012_kaven_second"]),
        (
            ["20991231235959_dev_a"],
            ["21000101000000_kaven_notes", "21000101000001_kaven_first", "21000101000002_kaven_second"],
        ),
    ],
)
def test_each_comes_behind_the_last(root: Path, folders: list[str], names: list[str]):
    found = brought(root, folders)
    assert [one.locked.name for one in found.migrations] == names
    assert [one.locked.release for one in found.migrations] == ["2.0.0", "3.0.0", "3.0.0"]
    assert found.files[f"{names[0]}/migration.sql"] == TWO_SQL
    assert found.migrations[0].locked.sha256 == text_digest(TWO_SQL)
    assert "migration_lock.toml" in found.files
    assert names == sorted(names)
    assert min(names) > max(folders)


def test_now_is_used_where_all_are_older(root: Path):
    (first, *_) = brought(root, ["20200101000000_dev_a"]).migrations
    assert first.locked.name > "2026"


def test_what_stayed_of_a_release_that_was_taken_back_does_not_come_twice(root: Path):
    found = brought(root, ["20990101000000_dev_a"], keep=1)
    assert [one.locked.shipped for one in found.migrations] == list(MORE)


def test_without_any_migration_none_comes(root: Path):
    found = brought(root, [])
    assert (found.migrations, found.files) == ((), {})
    assert "kaven migrate dev" in found.skipped
