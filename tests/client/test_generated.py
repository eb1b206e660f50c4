from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import pytest

from kaven_schema.client.generated import read_project
from kaven_schema.config import load_settings
from kaven_schema.diagnostics import KavenError

SCHEMA = """
generator web {
  provider = "prisma-client-js"
}

generator client {
  provider = "prisma-client-py"
  output   = env("CLIENT_FOLDER")
}

datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model User {
  id String @id
}
"""


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    (tmp_path / "kaven.toml").write_text("")
    (tmp_path / "prisma").mkdir()
    file = tmp_path / "prisma" / "schema.prisma"
    file.write_text(SCHEMA)
    return file


def refusal(schema: Path) -> str:
    with pytest.raises(KavenError) as raised:
        read_project(load_settings(schema.parent.parent))
    return raised.value.rule


def test_where_the_generator_says(schema: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_FOLDER", "../app/db")
    found = read_project(load_settings(schema.parent.parent))
    assert found.client == schema.parent.parent / "app" / "db"
    assert [model["name"] for model in found.dmmf["datamodel"]["models"]] == ["User"]


def test_installed_package_where_it_says_nothing(schema: Path) -> None:
    schema.write_text(SCHEMA.replace('  output   = env("CLIENT_FOLDER")\n', ""))
    made_from = Path(str(distribution("prisma").locate_file("prisma"))) / "schema.prisma"
    if made_from.exists():  # somebody generated a client there
        assert refusal(schema) == "client_stale"
    else:
        assert read_project(load_settings(schema.parent.parent)).client == made_from.parent


def test_where_the_settings_say(schema: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the vendor wrote, and wherever that would come from."""
    monkeypatch.delenv("CLIENT_FOLDER", raising=False)
    root = schema.parent.parent
    (root / "kaven.toml").write_text('client_output = "src/client"')
    assert read_project(load_settings(root)).client == root / "src" / "client"


def test_symlink_out_of_the_project(schema: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = schema.parent.parent
    (root / "src").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    (root / "kaven.toml").write_text('client_output = "src/client"')
    assert refusal(schema) == "output_outside_project"


def test_what_is_amiss(schema: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLIENT_FOLDER", raising=False)
    assert refusal(schema) == "client_variable_missing"
    schema.write_text(SCHEMA.replace("prisma-client-py", "prisma-client-js"))
    assert refusal(schema) == "client_nothing_to_generate"
    schema.write_text("model User {")
    assert refusal(schema) == "prisma_schema_invalid"
    schema.unlink()
    assert refusal(schema) == "file_not_found"
