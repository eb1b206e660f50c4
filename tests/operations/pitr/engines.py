"""The engines themselves: pgBackRest as Debian packages it, barman from PyPI; each in a folder for PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from kaven_schema.engines.cache import cache_folder, exclusive, private_folder
from tests.database.versions import _debian
from tests.packaging.debian import _APART, _SYSTEM, what_is_missing

_BARMAN = "barman==3.19.1"
_LOADER = "ld-linux-x86-64.so.2"
_LAUNCHER = """\
#!/bin/sh
exec {folder}/lib/{loader} --argv0 {folder}/pgbackrest --library-path {folder}/lib {folder}/lib/pgbackrest "$@"
"""


def pgbackrest(suite: str, folder: Path) -> Path:
    """A folder with pgBackRest of that Debian, which runs outside of it with the libraries that it brings.

    `folder` must be within reach of every user: the server runs as another one.
    """
    if missing := what_is_missing():
        pytest.skip(missing)
    root = _debian(suite, "pgbackrest")
    libraries = folder / "lib"
    libraries.mkdir()
    listed = subprocess.run(
        [*_APART, "chroot", root, "ldd", "/usr/bin/pgbackrest"],
        env={"PATH": _SYSTEM},
        check=True,
        capture_output=True,
        text=True,
    )
    needed = [word for word in listed.stdout.split() if word.startswith("/")]
    for file in (*needed, "/usr/bin/pgbackrest"):
        shutil.copy(f"{root}{file}", libraries)
    if not (libraries / _LOADER).exists():
        pytest.skip("pgBackRest is run by the loader of amd64: run this test there")
    launcher = folder / "pgbackrest"
    launcher.write_text(_LAUNCHER.format(folder=folder, loader=_LOADER))
    launcher.chmod(0o755)
    return folder


def barman() -> Path:
    """The `bin` of an environment of its own, made once and kept in the user's cache: barman is never imported."""
    assert shutil.which("rsync"), "barman restores with rsync, which is missing: apt-get install rsync"
    kept = private_folder(cache_folder() / "barman")
    home = kept / _BARMAN
    with exclusive(kept / "lock"):
        if not home.exists():
            with tempfile.TemporaryDirectory(dir=kept) as staging:
                made = Path(staging, "environment")
                subprocess.run([sys.executable, "-m", "venv", made], check=True)
                python, target = str(made / "bin" / "python"), Path(staging, "site")
                command = [python, "-m", "pip", "install", "--quiet", "--target", str(target), _BARMAN]
                subprocess.run(command, check=True)
                target.rename(home)
    return home


def barman_script(home: Path, folder: Path) -> Path:
    """A folder with the program `barman`, running what was installed."""
    script = folder / "barman"
    lines = (
        f"#!{sys.executable}",
        "import os, sys",
        f"sys.path.insert(0, {str(home)!r})",
        f"os.environ['PYTHONPATH'] = {str(home)!r}",  # barman starts itself in the background
        "from barman.cli import main",
        "main()",
    )
    script.write_text("\n".join(lines) + "\n")
    script.chmod(0o755)
    return folder


def on_path(folder: Path) -> str:
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
