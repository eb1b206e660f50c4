"""`.env` files: what they hold, and what keeps them from being read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files.env_file import env_values
from tests.running import python

READ = (
    "from pathlib import Path; from kaven_schema.files.env_file import env_values; env_values(Path('.env'))"
)


def test_a_file_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert env_values(tmp_path / ".env") == {}


def test_an_empty_value_is_one_and_a_bare_name_has_none(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# secrets\nONE='a # b'\nEMPTY=\nBARE\nexport TWO=2\n", encoding="utf-8")
    assert env_values(tmp_path / ".env") == {"ONE": "a # b", "EMPTY": "", "TWO": "2"}


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"ONE=\xff\n")
    with pytest.raises(KavenError) as raised:
        env_values(tmp_path / ".env")
    assert (raised.value.rule, raised.value.exit_code) == ("env_file_unreadable", ExitCode.PROBLEMS)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ONE=1\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0)
    done = python("-c", READ, cwd=tmp_path, plain_user=True)
    assert "cannot read .env: Permission denied" in done.stderr


def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that nobody reads would be a backup that is not sealed."""
    (tmp_path / ".env").write_text("KAVEN_BACKUP_KEYS=1\n", encoding="utf-8")
    monkeypatch.setitem(sys.modules, "dotenv", None)
    with pytest.raises(KavenError) as raised:
        env_values(tmp_path / ".env")
    assert raised.value.exit_code == ExitCode.ENVIRONMENT
    assert raised.value.help == "pip install python-dotenv"
