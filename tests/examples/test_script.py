"""`make example`, and what is left of it: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from tests.cli.script import write_script
from tests.examples.serving import TOP

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("example")]
COMMAND = ["sh", str(TOP / "examples" / "shop.sh")]


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    programs = write_script(tmp_path / "bin", TOP).parent
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    folder = tmp_path / "temporary"
    folder.mkdir()
    return {
        **os.environ,
        "PATH": path,
        "TMPDIR": str(folder),
        "DATABASE_URL": "postgresql://nobody@nowhere/x",
    }


def state_of_checkout() -> str:
    command = ["git", "-C", str(TOP), "status", "--short", "--", "examples", "prisma"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_it_ends_and_leaves_nothing(environment: Mapping[str, str]) -> None:
    before = state_of_checkout()
    done = subprocess.run(COMMAND, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "every answer was as it had to be." in done.stdout
    assert "times the proof fails, as it must" in done.stdout
    assert list(Path(environment["TMPDIR"]).iterdir()) == []
    assert state_of_checkout() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "kill"])
def test_it_stays_until_it_is_told(environment: Mapping[str, str], number: signal.Signals) -> None:
    with subprocess.Popen(
        COMMAND,
        env={**environment, "SERVE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        said = next(line for line in process.stdout if "stays up at" in line)
        address = said.split("stays up at ")[1].split()[0].replace("shop.localhost", "127.0.0.1")
        assert httpx.get(f"{address}/openapi.json").status_code == 200
        (project,) = Path(environment["TMPDIR"]).iterdir()
        assert project.stat().st_mode & 0o777 == 0o700
        os.killpg(process.pid, number)
        process.stdout.read()
        assert process.wait(60) == 128 + number
    assert list(Path(environment["TMPDIR"]).iterdir()) == []
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{address}/openapi.json")
