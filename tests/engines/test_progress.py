from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from kaven_schema.engines.progress import on_stderr, silent

TASK = """
from kaven_schema.engines.progress import on_stderr
with on_stderr("Installing", 4) as advance:
    advance(1)
    advance(9)
"""


def test_silent_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with silent("Installing", 2) as advance:
        advance(1)
    assert capfd.readouterr() == ("", "")


def test_lines_where_there_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with on_stderr("Installing", 2) as advance:
        advance(1)
        advance(1)
    assert capfd.readouterr() == ("", "Installing ...\nInstalling: done\n")


def test_no_line_of_success_after_a_failure(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError), on_stderr("Installing", 2):
        raise RuntimeError
    assert capfd.readouterr().err == "Installing ...\n"


def test_bar_on_a_terminal(checkout: Path) -> None:
    import pty
    import subprocess

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TASK],
        env={**os.environ, "PYTHONPATH": str(checkout), "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    with process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:
                break  # Linux's way to say that the other end was closed
            if not part:
                break
            shown += part
        os.close(ours)
    assert process.returncode == 0
    assert b"Installing" in shown
    assert b"25%" in shown
    assert b"100%" in shown
    assert shown.endswith(b"\n")
