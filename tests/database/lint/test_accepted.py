"""accepted-breaks.toml: what it lets pass, and what is wrong with it itself."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from kaven_schema.database.lint import ACCEPTED_FILE, lint_folder

PROJECT = Path(__file__).parent / "fixtures" / "project" / "prisma" / "migrations"
TODAY = date(2026, 11, 22)


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(PROJECT, tmp_path / "migrations"))


def rules(folder: Path, today: date = TODAY) -> list[str]:
    return [found.rule for found in lint_folder(folder, today=today)]


def rewrite(folder: Path, old: str, new: str) -> None:
    path = folder / ACCEPTED_FILE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_an_entry_lets_its_break_pass(folder):
    assert rules(folder) == []


def test_without_the_entry_the_break_is_found(folder):
    (folder / ACCEPTED_FILE).unlink()
    assert rules(folder) == ["column_not_dropped"]


@pytest.mark.parametrize(("day", "found"), [(31, []), (32, ["accepted_break_current"])])
def test_an_entry_holds_up_to_its_last_day(folder, day, found):
    today = date(2026, 12, 31) if day == 31 else date(2027, 1, 1)
    assert rules(folder, today) == found


@pytest.mark.parametrize(
    ("old", "new", "help"),
    [
        ("_drop_company", "_drop_compani", "did you mean 20260102000000_dev_drop_company?"),
        ("column_not_dropped", "column_not_droped", "did you mean column_not_dropped?"),
        ("column_not_dropped", "table_not_dropped", "remove the entry"),
        ("20260102000000_dev_drop_company", "20260103000000_dev_add_phone", "remove the entry"),
    ],
)
def test_an_entry_that_matches_nothing_is_an_error(folder, old, new, help):
    rewrite(folder, old, new)
    found = [one for one in lint_folder(folder, today=TODAY) if one.rule == "accepted_break_matches"]
    assert [one.help for one in found] == [help]
    label = found[0].labels[0]
    assert label.source.position(label.span.start) == (2, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("expires = 2026-12-31", ""),
        ("expires = 2026-12-31", 'expires = "2026-12-31"'),
        ("expires = 2026-12-31", "expires = 2026-12-31T00:00:00"),
        ('reason = "nothing reads it since release 3.1"', 'reason = ""'),
        ('rule = "column_not_dropped"', "rule = 3"),
        ("expires", "until"),
        ("[[break]]", "[[breaks]]"),
        ("[[break]]", "[break]"),
        ("[[break]]", "[[break]"),
        ("[[break]]", "break = [1]"),
    ],
)
def test_an_entry_in_another_form_is_an_error(folder, old, new):
    rewrite(folder, old, new)
    assert rules(folder) == ["column_not_dropped", "accepted_breaks_valid"]


def test_one_migration_is_judged_after_those_beside_it(folder):
    assert rules(folder / "20260103000000_dev_add_phone", date(2030, 1, 1)) == []
    assert rules(folder / "20260102000000_dev_drop_company", date(2030, 1, 1)) == ["accepted_break_current"]


def test_files_that_cannot_be_read_do_not_hide_the_others(folder):
    (folder / "20260101000000_kaven_init" / "migration.sql").write_bytes(b"SELECT 1;\n-- \xe9\n")
    (folder / "20260103000000_dev_add_phone" / "migration.sql").write_text("\n")
    (folder / "20260104000000_dev_nothing").mkdir()
    (folder / ACCEPTED_FILE).unlink()
    assert rules(folder) == ["file_not_utf8", "file_not_found", "column_not_dropped", "migration_empty"]
