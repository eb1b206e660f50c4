"""The story that `make example` tells, against the application."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.examples.serving import DOMAIN, TOP, Served

pytestmark = pytest.mark.xdist_group("example")


def test_it_ends_well(served: Served) -> None:
    command = [sys.executable, "-m", "story", served.address, DOMAIN, str(served.mailbox.folder)]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(TOP / "examples")},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("every answer was as it had to be.\n")
    assert "ORD-" in done.stdout
    assert "audit" in done.stdout
