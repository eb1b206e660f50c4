"""A small project in a folder of its own, and the command as a user runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kaven_schema.engines.cache import cache_folder
from tests.cli.script import COMMAND

FIXTURE = Path(__file__).parent / "fixtures" / "project"


@dataclass(frozen=True, slots=True)
class Run:
    """How one run ended, and what it said where."""

    code: int
    out: str
    err: str


class Folder:
    """A working folder to run the command in."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self.root = root
        self.environment = environment

    def run(self, *arguments: str | Path, cwd: Path | None = None, **environment: str) -> Run:
        done = subprocess.run(
            [*COMMAND, *arguments],
            cwd=cwd or self.root,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        result = Run(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in result.err, result.err
        return result

    def start(
        self, *arguments: str, stdout: int | None = None, stderr: int | None = None
    ) -> subprocess.Popen[str]:
        """The command, left running; what it says is text where a stream is a pipe."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.root,
            env=self.environment,
            stdout=stdout,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )

    def files(self) -> dict[str, str]:
        """Every file but kaven's own, by its path."""
        paths = [path for path in self.root.rglob("*") if path.is_file()]
        names = {str(path.relative_to(self.root)): path for path in paths}
        return {name: path.read_text("utf-8") for name, path in names.items() if ".kaven" not in name}


class Project(Folder):
    """One that has base, extended and settings."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        super().__init__(root, environment)
        shutil.copytree(FIXTURE, root, dirs_exist_ok=True)
        self.base = root / "prisma" / "schema.base.prisma"
        self.extended = root / "prisma" / "schema.extended.prisma"
        self.output = root / "prisma" / "schema.prisma"

    def edit(self, file: Path, old: str, new: str) -> None:
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def extend(self, text: str) -> int:
        """Add to extended; the number of the line on which that begins."""
        before = self.extended.read_text(encoding="utf-8")
        self.extended.write_text(f"{before}\n{text}\n", encoding="utf-8")
        return before.count("\n") + 2

    def merged(self) -> str:
        return self.output.read_text(encoding="utf-8")


@pytest.fixture
def environment(checkout: Path) -> dict[str, str]:
    """This one, without what would change what is printed; all runs share the engines' cache."""
    left_out = ("NO_COLOR", "FORCE_COLOR", "COLUMNS")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, "PYTHONPATH": str(checkout), "TERM": "xterm", "KAVEN_CACHE_DIR": str(cache_folder())}


@pytest.fixture
def folder(tmp_path: Path, environment: dict[str, str]) -> Folder:
    """An empty one."""
    root = tmp_path / "folder"
    root.mkdir()
    return Folder(root, environment)


@pytest.fixture
def project(tmp_path: Path, environment: dict[str, str]) -> Project:
    return Project(tmp_path / "project", environment)


@pytest.fixture
def start(project: Project) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the command in the project; whatever still runs at the end of the test is ended."""
    started: list[subprocess.Popen[str]] = []

    def launch(
        *arguments: str, stdout: int | None = None, stderr: int | None = None
    ) -> subprocess.Popen[str]:
        process = project.start(*arguments, stdout=stdout, stderr=stderr)
        started.append(process)
        return process

    yield launch
    for process in started:
        with process:
            process.kill()
