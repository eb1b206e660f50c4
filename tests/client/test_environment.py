from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.client.environment import generator_environment, resolve
from kaven_schema.diagnostics import ExitCode, KavenError


@pytest.fixture
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The schema of a project that the test runs in."""
    monkeypatch.chdir(tmp_path)
    for name in ("ONE", "TWO", "THREE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "database"
    folder.mkdir()
    return folder / "schema.prisma"


def values(schema: Path) -> list[str | None]:
    environment = generator_environment(schema)
    return [environment.get(name) for name in ("ONE", "TWO", "THREE")]


def test_without_files(schema: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE", "set")
    assert values(schema) == ["set", None, None]


def test_what_is_set_wins(schema: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE", "set")
    (schema.parent / ".env").write_text("ONE=file\nTWO='file'\nTHREE=${TWO}\n", encoding="utf-8")
    assert values(schema) == ["set", "file", "file"]


@pytest.mark.parametrize("other", [".env", "prisma/.env"])
def test_file_beside_the_schema_is_nearest(schema: Path, tmp_path: Path, other: str) -> None:
    (tmp_path / other).parent.mkdir(exist_ok=True)
    (tmp_path / other).write_text("ONE=far\nTWO=far\n", encoding="utf-8")
    assert values(schema) == ["far", "far", None]
    (schema.parent / ".env").write_text("ONE=near\n", encoding="utf-8")
    assert values(schema) == ["near", None, None]


def test_file_of_the_project_comes_first(
    schema: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package.json").write_text('{"name": "project"}', encoding="utf-8")
    (tmp_path / ".env").write_text("ONE=project\n", encoding="utf-8")
    (schema.parent / ".env").write_text("ONE=near\nTWO=near\n", encoding="utf-8")
    monkeypatch.chdir(schema.parent)
    assert values(schema) == ["project", "near", None]


@pytest.mark.parametrize("package", ['{"name": ".prisma/client"}', "no json", "[]"])
def test_not_every_package_json_makes_a_project(
    schema: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    (tmp_path / "package.json").write_text(package, encoding="utf-8")
    (tmp_path / ".env").write_text("ONE=project\n", encoding="utf-8")
    monkeypatch.chdir(schema.parent)
    assert values(schema) == [None, None, None]


def test_unreadable_file(schema: Path) -> None:
    (schema.parent / ".env").write_bytes(b"ONE=\xff\xfe\n")
    with pytest.raises(KavenError) as raised:
        generator_environment(schema)
    assert (raised.value.rule, raised.value.exit_code) == ("env_file_unreadable", ExitCode.PROBLEMS)


def test_resolve() -> None:
    assert resolve({"fromEnvVar": None, "value": "text"}, {}, "the output") == "text"
    assert resolve({"fromEnvVar": "ONE", "value": None}, {"ONE": "set"}, "the output") == "set"
    with pytest.raises(KavenError, match=r'the output is env\("ONE"\), and ONE is not set'):
        resolve({"fromEnvVar": "ONE", "value": None}, {}, "the output")
