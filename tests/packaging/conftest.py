"""The archives, built once, and environments that they are installed into."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.packaging.environments import environment, run


@pytest.fixture(scope="session")
def known(checkout: Path) -> frozenset[str]:
    """The files that git has or would take, by their path from the top."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=checkout)
    return frozenset(name for name in listed.split("\0") if name and (checkout / name).is_file())


@pytest.fixture(scope="session")
def archives(checkout: Path, known: frozenset[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source archive and the wheel built from it; in `direct`, one built without it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir"]
    run(*build, folder, checkout, cwd=folder)
    run(*build, folder / "direct", "--wheel", checkout, cwd=folder)
    return folder


@pytest.fixture(scope="session")
def wheel(archives: Path) -> Path:
    [built] = archives.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def direct_wheel(archives: Path) -> Path:
    [built] = archives.glob("direct/*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment with the wheel alone, without extras."""
    return environment(tmp_path_factory.mktemp("clean") / "venv", str(wheel))


@pytest.fixture(scope="session")
def editable(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("editable") / "venv"
    return environment(folder, "--editable", str(checkout))
