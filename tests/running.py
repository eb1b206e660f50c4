"""Python in a process of its own, with this checkout's packages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
# Without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH permissions count for root, too; the new process has neither.
_AS_PLAIN_USER = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
for capability in (1, 2):
    if libc.prctl(24, capability, 0, 0, 0):
        sys.exit(f"cannot drop capability {capability}: run these tests as a plain user, or as a root that may")
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CHECKOUT), "NO_COLOR": "1"}


def command(*arguments: str, plain_user: bool = False) -> list[str]:
    """`plain_user` makes permissions count where the tests run as root."""
    is_root = sys.platform == "linux" and os.geteuid() == 0
    return [sys.executable, *(["-c", _AS_PLAIN_USER] if plain_user and is_root else []), *arguments]


def python(*arguments: str, cwd: Path, plain_user: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments, plain_user=plain_user),
        cwd=cwd,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )


def kaven(*arguments: str, cwd: Path, plain_user: bool = False) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it; a traceback is never an answer."""
    done = python("-m", "kaven_schema", *arguments, cwd=cwd, plain_user=plain_user)
    assert "Traceback" not in done.stderr, done.stderr
    return done
