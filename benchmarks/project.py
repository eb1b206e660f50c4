"""A project on disk for `kaven` to be measured in, and the states in which it finds it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from itertools import count
from pathlib import Path

import click

from benchmarks.measure import Runner, do_nothing
from benchmarks.schemas import change_one_block, make_layers

_EXTENDED = "schema.extended.prisma"


def kaven_command() -> str:
    """The installed script, as a user starts it."""
    script = Path(sysconfig.get_path("scripts"), "kaven")
    if not script.exists():
        raise click.ClickException(f"{script} is missing: run `make bench`, or pip install -e '.[all,dev]'")
    return str(script)


def kaven_environment() -> dict[str, str]:
    """As a user has it: with compiled bytecode, and without what developers switch on."""
    kept = ("PYTHONPATH", "PYTHONHOME")
    return {
        name: value for name, value in os.environ.items() if name in kept or not name.startswith("PYTHON")
    }


class BenchProject:
    """Base and extended of a wished size."""

    def __init__(self, root: Path, models: int) -> None:
        self.root = root
        self.models = models
        self.schema = root / "prisma" / "schema.prisma"
        self._changes = count()
        self.schema.parent.mkdir(parents=True)
        for name, text in zip(("schema.base.prisma", _EXTENDED), make_layers(models), strict=True):
            (self.schema.parent / name).write_text(text, encoding="utf-8")

    def kaven(self, name: str, *arguments: str, prepare: Callable[[], object] = do_nothing) -> Runner:
        return Runner(
            name=name,
            command=[kaven_command(), *arguments],
            folder=self.root,
            environment=kaven_environment(),
            prepare=prepare,
        )

    def merge(self) -> None:
        """Bring everything up to date, so that caches are warm."""
        done = subprocess.run(
            [kaven_command(), "merge"],
            cwd=self.root,
            env=kaven_environment(),
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise click.ClickException(f"the benchmark's own schema does not merge:\n{done.stderr}")

    def forget(self) -> None:
        """As after a clone: no cache and no output."""
        shutil.rmtree(self.root / ".kaven", ignore_errors=True)
        self.schema.unlink(missing_ok=True)

    def change_one_block(self) -> None:
        """Up to date but for one block, another each time."""
        path = self.schema.parent / _EXTENDED
        self.merge()
        path.write_text(change_one_block(path.read_text("utf-8"), next(self._changes)), encoding="utf-8")

    def size(self) -> str:
        text = self.schema.read_text(encoding="utf-8")
        return f"{self.models:,} models, {text.count(chr(10)):,} lines, {len(text.encode()) // 1000:,} KB"


def python_command(name: str, code: str, folder: Path) -> Runner:
    return Runner(
        name=name, command=[sys.executable, "-c", code], folder=folder, environment=kaven_environment()
    )
