"""One cache for all runs of these tests: what is installed and compiled in it is named by its content."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kaven_schema.engines.cache import cache_folder
from kaven_schema.engines.progress import Advance
from kaven_schema.engines.schema_wasm import PRISMA_VERSIONS, SchemaEngine


@pytest.fixture(scope="session", autouse=True)
def shared_cache() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAVEN_CACHE_DIR", str(cache_folder()))
        yield


@pytest.fixture(scope="session", params=PRISMA_VERSIONS)
def engine(request: pytest.FixtureRequest) -> SchemaEngine:
    return SchemaEngine.load(request.param)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("KAVEN_CACHE_DIR", str(folder))
    return folder


class Recorder:
    """A Progress that remembers each task as [title, steps, steps done]."""

    def __init__(self) -> None:
        self.tasks: list[tuple[str, int, int]] = []

    @contextmanager
    def __call__(self, title: str, steps: int) -> Iterator[Advance]:
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count

        yield advance
        self.tasks.append((title, steps, done))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def start_python(checkout: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts Python on some code that imports kaven_schema; `bare` hides every installed package."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str, *, bare: bool = False, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *(["-S"] if bare else []), "-c", code],
            env={**os.environ, "PYTHONPATH": str(checkout), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with process:
            process.kill()
