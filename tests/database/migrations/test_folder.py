from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from kaven_schema.database.migrations.folder import read_folder, write_migration
from kaven_schema.diagnostics import ExitCode, KavenError


def refusal(path: Path) -> KavenError:
    with pytest.raises(KavenError) as caught:
        read_folder(path)
    return caught.value


def test_no_folder_is_no_migrations(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "none").migrations == ()


def test_what_is_read(tmp_path: Path) -> None:
    for name in ("20250102000000_b", "20250101000000_a", ".hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "migration.sql").write_text("select 1", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    found = read_folder(tmp_path).migrations
    assert [migration.name for migration in found] == ["20250101000000_a", "20250102000000_b"]
    assert found[0].checksum == hashlib.sha256(b"select 1").hexdigest()


def test_checksum_bears_turned_line_ends(tmp_path: Path) -> None:
    folder = tmp_path / "20250101000000_a"
    folder.mkdir()
    (folder / "migration.sql").write_bytes(b"select 1;\r\nselect 2;\r\n")
    migration = read_folder(tmp_path).migrations[0]
    for text in (b"select 1;\r\nselect 2;\r\n", b"select 1;\nselect 2;\n"):
        assert migration.has_checksum(hashlib.sha256(text).hexdigest())
    assert not migration.has_checksum(hashlib.sha256(b"select 1;\n").hexdigest())


def test_written_migration(tmp_path: Path) -> None:
    path = tmp_path / "prisma" / "migrations"
    first = write_migration(read_folder(path), "kaven", "init", "select 1;\n", root=tmp_path)
    second = write_migration(read_folder(path), "dev", "more", "select 2;\n", root=tmp_path)
    assert re.fullmatch(r"\d{14}_kaven_init", first.name)
    assert re.fullmatch(r"\d{14}_dev_more", second.name)
    assert first.name[:14] < second.name[:14]
    assert [migration.sql for migration in read_folder(path).migrations] == ["select 1;\n", "select 2;\n"]
    assert 'provider = "postgresql"' in (path / "migration_lock.toml").read_text(encoding="utf-8")


def test_written_migration_comes_last_though_clocks_differ(tmp_path: Path) -> None:
    future = tmp_path / "29991231235959_dev_a"
    future.mkdir()
    (future / "migration.sql").write_text("select 1", encoding="utf-8")
    assert (
        write_migration(read_folder(tmp_path), "dev", "b", "select 2", root=tmp_path).name
        == "30000101000000_dev_b"
    )


@pytest.mark.parametrize("title", ["", "Big", "a b", "../up", "ä", "x" * 300])
def test_titles(tmp_path: Path, title: str) -> None:
    with pytest.raises(KavenError) as caught:
        write_migration(read_folder(tmp_path), "dev", title, "select 1", root=tmp_path)
    assert caught.value.exit_code is ExitCode.WRONG_USE
    assert list(tmp_path.iterdir()) == []


def test_numbers_of_three_digits_are_read_but_not_mixed(tmp_path: Path) -> None:
    for name in ("001_kaven_init", "002_dev_more"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "migration.sql").write_text("select 1", encoding="utf-8")
    assert len(read_folder(tmp_path).migrations) == 2
    (tmp_path / "20250101000000_dev_c").mkdir()
    assert refusal(tmp_path).rule == "migration_names_mixed"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (None, "migration_script_missing"),
        (b"", "migration_empty"),
        (b" \r\n\t", "migration_empty"),
        (b"-- caf\xe9", "file_not_utf8"),
    ],
)
def test_script_that_cannot_be_used(tmp_path: Path, content: bytes | None, rule: str) -> None:
    folder = tmp_path / "20250101000000_dev_a"
    folder.mkdir()
    if content is not None:
        (folder / "migration.sql").write_bytes(content)
    found = refusal(tmp_path)
    assert found.rule == rule
    assert "20250101000000_dev_a" in found.message
    assert found.exit_code is ExitCode.PROBLEMS


def test_folder_of_another_database(tmp_path: Path) -> None:
    (tmp_path / "migration_lock.toml").write_text('provider = "mysql"\n', encoding="utf-8")
    assert refusal(tmp_path).rule == "migration_lock_wrong"
