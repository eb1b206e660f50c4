"""Dumps before a deploy, by the programs that are there."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from kaven_schema.database.migrations.safety_copy import make_safety_copy
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")


def program(folder: Path, name: str, says: str, then: str = "exit 1") -> None:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "{says}" && exit 0\n{then}\n', encoding="ascii")
    file.chmod(0o755)


def test_name_and_rights(database: DatabaseUrl, tmp_path: Path) -> None:
    query(database, "CREATE TABLE a AS SELECT 1 AS x")
    path = make_safety_copy(database, tmp_path, "20250101000000_dev_one")
    assert re.fullmatch(r"\d{14}_before_20250101000000_dev_one\.dump", path.name)
    assert path.parent == tmp_path / ".kaven" / "backups"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"PGDMP")
    assert (tmp_path / ".kaven" / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_long_name(database: DatabaseUrl, tmp_path: Path) -> None:
    assert make_safety_copy(database, tmp_path, "ä" * 125).exists()


def test_leftovers_of_a_killed_run_go(database: DatabaseUrl, tmp_path: Path) -> None:
    folder = tmp_path / ".kaven" / "backups"
    folder.mkdir(parents=True)
    leftover = folder / ".20250101000000_before_one.dump.kaven-999999999.tmp"
    leftover.write_bytes(b"half")
    path = make_safety_copy(database, tmp_path, "one")
    assert list(folder.iterdir()) == [path]


def test_password_is_no_argument(
    database: DatabaseUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "said"
    then = f'echo "$@" > {said}; echo broken >&2; exit 3'
    program(tmp_path / "bin", "pg_dump", "pg_dump (PostgreSQL) 16.1", then)
    program(tmp_path / "bin", "pg_restore", "pg_restore (PostgreSQL) 16.1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(KavenError, match="broken") as caught:
        make_safety_copy(database, tmp_path, "one")
    assert caught.value.rule == "backup_failed"
    arguments = said.read_text(encoding="utf-8")
    assert f"dbname='{database.database}'" in arguments
    assert database.password not in arguments
    assert list((tmp_path / ".kaven" / "backups").iterdir()) == []


def test_dump_that_cannot_be_read(
    database: DatabaseUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "pg_dump", "pg_dump (PostgreSQL) 16.1", "echo cut; exit 0")
    program(tmp_path / "bin", "pg_restore", "pg_restore (PostgreSQL) 16.1", "echo 'no archive' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(KavenError, match="no archive"):
        make_safety_copy(database, tmp_path, "one")
    assert list((tmp_path / ".kaven" / "backups").iterdir()) == []


def test_program_that_is_too_old_is_passed_over(
    database: DatabaseUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pg_dump", "pg_restore"):
        program(tmp_path / "bin", name, f"{name} (PostgreSQL) 15.6 (Debian 15.6-0+deb12u1)")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert make_safety_copy(database, tmp_path, "one").exists()


def test_server_that_no_program_knows(
    database: DatabaseUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stands for one of a later version: of all programs only an old one is left."""
    program(tmp_path / "bin", "pg_dump", "pg_dump (PostgreSQL) 12.1")
    program(tmp_path / "bin", "pg_restore", "pg_restore (PostgreSQL) 12.1")
    monkeypatch.setattr("kaven_schema.database.programs.places", lambda: [tmp_path / "bin"])
    with pytest.raises(
        KavenError, match="the server is PostgreSQL 16, and pg_dump is here for 12 only"
    ) as caught:
        make_safety_copy(database, tmp_path, "one")
    assert caught.value.rule == "backup_program_missing"
    assert "postgresql-client-16" in caught.value.help


def test_folder_that_cannot_be_written(database: DatabaseUrl, tmp_path: Path) -> None:
    (tmp_path / ".kaven").mkdir()
    (tmp_path / ".kaven" / "backups").write_text("a file", encoding="utf-8")
    with pytest.raises(KavenError) as caught:
        make_safety_copy(database, tmp_path, "one")
    assert caught.value.rule == "backup_failed"
