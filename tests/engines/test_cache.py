from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.cache import cache_folder, exclusive, private_folder


def test_chosen_folder_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    monkeypatch.setenv("KAVEN_CACHE_DIR", str(tmp_path))
    assert cache_folder() == tmp_path


def test_chosen_folder_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAVEN_CACHE_DIR", "here")
    assert cache_folder() == tmp_path / "here"


def test_shared_folder_is_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAVEN_CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert cache_folder() == Path("/elsewhere/kaven")


@pytest.mark.skipif(sys.platform != "linux", reason="the place is Linux's; run the tests on Linux too")
def test_relative_shared_folder_is_ignored_as_its_standard_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAVEN_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert cache_folder() == Path("/home/somebody/.cache/kaven")


def test_private_folder_is_closed_to_others(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "one" / "two")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert private_folder(folder) == folder


def test_unwritable_cache_names_the_variable_to_set(
    public_folder: Path, unprivileged: Callable[[], AbstractContextManager[None]]
) -> None:
    public_folder.chmod(0o555)
    with unprivileged(), pytest.raises(KavenError) as raised:
        private_folder(public_folder / "cache" / "npm")
    assert raised.value.rule == "cache_unwritable"
    assert raised.value.exit_code is ExitCode.ENVIRONMENT
    assert "KAVEN_CACHE_DIR" in raised.value.help


def test_lock_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(KavenError) as raised, exclusive(tmp_path / "missing" / "lock"):
        pass
    assert raised.value.rule == "cache_unwritable"


def test_lock_keeps_another_process_out(
    tmp_path: Path, start_python: Callable[..., subprocess.Popen[str]]
) -> None:
    lock, passed = tmp_path / "lock", tmp_path / "passed"
    with exclusive(lock):
        other = start_python(
            "from pathlib import Path\n"
            "from kaven_schema.engines.cache import exclusive\n"
            "print('ready', flush=True)\n"
            f"with exclusive(Path({str(lock)!r})): Path({str(passed)!r}).touch()"
        )
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.3)
        assert not passed.exists()
    assert other.wait(30) == 0
    assert passed.exists()
