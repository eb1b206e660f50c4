"""Versions, schema, client and engine, each well and each not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kaven_schema.config import Settings, load_settings
from kaven_schema.operations.health.checks import project
from kaven_schema.operations.health.deployment import Deployment, Given
from kaven_schema.operations.health.finding import Finding
from tests.operations.health.conftest import only

_CLIENT = 'interface = "asyncio"'


def made(check: object, settings: Settings) -> list[Finding]:
    with Deployment(settings, Given()) as deployment:
        return list(check(deployment))  # type: ignore[operator]


def test_versions(settings: Settings) -> None:
    ours, client = made(project.versions, settings)
    assert ours.colour == client.colour == "green"
    assert ours.what.startswith("kaven-schema ")


def test_another_version_of_the_client_library(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    information = tmp_path / "older" / "prisma-0.14.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: prisma\nVersion: 0.14.0\n")
    monkeypatch.setattr(sys, "path", [str(information.parent), *sys.path])
    assert "0.14.0" in only(made(project.versions, settings), "red").what


def test_no_client_library(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert "not installed" in only(made(project.versions, settings), "red").what


def test_schema(settings: Settings) -> None:
    only(made(project.schema, settings), "green")
    extended = settings.root / "prisma" / "schema.extended.prisma"
    extended.write_text(extended.read_text() + "\n// a line more\n")
    assert "older" in only(made(project.schema, settings), "red").what
    text = settings.output.read_text()
    settings.output.write_text(text + "// by hand\n")
    assert "by hand" in only(made(project.schema, settings), "red").what
    settings.output.write_text("model Mine {\n  id Int @id\n}\n")
    assert "not written by kaven" in only(made(project.schema, settings), "red").what
    settings.output.unlink()
    found = only(made(project.schema, settings), "red")
    assert "does not exist" in found.what
    assert found.do == "kaven merge"


@pytest.fixture
def with_client(settings: Settings) -> Path:
    """A project whose client has a folder of its own; the folder."""
    for file in (settings.base, settings.output):
        text = file.read_text()
        assert _CLIENT in text or "interface" in text
        lines = [
            f'{line}\n  output = "../app/db"' if line.strip().startswith("interface") else line
            for line in text.splitlines()
        ]
        file.write_text("\n".join(lines) + "\n")
    return settings.root / "app" / "db"


def test_client(settings: Settings, with_client: Path) -> None:
    from kaven_schema.engines.schema_wasm import SchemaEngine

    assert "no client at" in only(made(project.client, settings), "red").what
    with_client.mkdir(parents=True)
    (with_client / "client.py").write_text("")
    assert "does not say from which" in only(made(project.client, settings), "yellow").what
    formatted = SchemaEngine.load(settings.prisma).format(settings.output.read_text())
    (with_client / "schema.prisma").write_text(formatted)
    only(made(project.client, settings), "green")
    (with_client / "schema.prisma").write_text(formatted.replace("2FA", "2fa") + "// older\n")
    stale = only(made(project.client, settings), "red")
    assert "another schema" in stale.what
    assert "kaven generate" in stale.do


def test_project_without_a_client(settings: Settings) -> None:
    (settings.root / "kaven.toml").write_text("client = false\n")
    without = load_settings(settings.root)
    only(made(project.client, without), "green")
    assert made(project.engine, without) == []
    assert len(made(project.versions, without)) == 1


def test_engine_that_is_not_installed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not installed either to be looked at."""
    monkeypatch.setenv("KAVEN_CACHE_DIR", str(tmp_path / "cache"))
    assert only(made(project.engine, settings), "red").do == "kaven engine install"
    assert not (tmp_path / "cache").exists()
