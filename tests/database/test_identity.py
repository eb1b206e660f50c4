"""Programs and data under folders that only root may enter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kaven_schema.database.embedded.identity import Identity, server_identity

_MAY_RUN = "import os, sys; print(os.getuid(), os.access(sys.argv[1], os.X_OK))"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_programs_may_be_run(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "programs"
    folder.mkdir(mode)
    program = folder / "program"
    program.touch(0o755)
    identity = server_identity(tmp_path / "data")
    command, options = identity.command([sys.executable, "-c", _MAY_RUN, program], (program,))
    seen = subprocess.run(command, check=True, capture_output=True, text=True, cwd="/", **options)
    assert seen.stdout.split() == [str(identity.uid), "True"]


def test_own_user_needs_nothing() -> None:
    assert Identity().command(["initdb"], ()) == (["initdb"], {})
