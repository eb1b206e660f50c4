"""kaven init: what it writes, and what it leaves alone."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

from kaven_schema.resources import example_text

WRITTEN = {
    ".pre-commit-config.yaml",
    "kaven.toml",
    "prisma/schema.base.prisma",
    "prisma/schema.extended.prisma",
}
HOOKS = ["kaven-merge", "kaven-check"]


def hooks_of(folder: Path) -> list[list[str]]:
    config = yaml.safe_load((folder / ".pre-commit-config.yaml").read_text())
    return [[hook["id"] for hook in repository["hooks"]] for repository in config["repos"] or []]


def test_an_empty_folder_becomes_a_project(folder) -> None:
    run = folder.run("init")
    assert (run.code, run.out) == (0, "")
    assert set(folder.files()) == WRITTEN
    for name in ("schema.base.prisma", "schema.extended.prisma"):
        assert (folder.root / "prisma" / name).read_text(encoding="utf-8") == example_text(name)
    assert hooks_of(folder.root) == [HOOKS]
    assert folder.run("check").code == 0
    assert folder.run("merge").code == 0
    assert folder.run("merge", "--check").code == 0


def test_the_written_settings_are_the_defaults(folder) -> None:
    folder.run("init")
    settings = tomllib.loads((folder.root / "kaven.toml").read_text())
    assert folder.run("merge").code == 0
    (folder.root / "kaven.toml").unlink()
    assert folder.run("merge", "--check").code == 0
    assert set(settings) == {"base", "extended", "output", "prisma"}


def test_a_second_time_changes_nothing(folder) -> None:
    folder.run("init")
    before = folder.files()
    run = folder.run("init")
    assert run.code == 0
    assert folder.files() == before
    assert run.err.count("left as it is") == 4


def test_another_folder_is_made(folder) -> None:
    assert folder.run("init", "my/service").code == 0
    assert set(folder.files()) == {f"my/service/{name}" for name in WRITTEN}
    assert folder.run("merge", cwd=folder.root / "my" / "service").code == 0


def test_settings_join_a_pyproject_that_is_there(folder) -> None:
    pyproject = folder.root / "pyproject.toml"
    pyproject.write_text('[project]\nname = "app"  # ours')
    assert folder.run("init").code == 0
    text = pyproject.read_text()
    assert text.startswith('[project]\nname = "app"  # ours\n\n[tool.kaven]\n')
    assert tomllib.loads(text)["tool"]["kaven"]["prisma"] == "5.17"
    assert not (folder.root / "kaven.toml").exists()
    assert folder.run("merge").code == 0
    folder.run("init")
    assert pyproject.read_text() == text


def test_kaven_toml_wins_over_a_pyproject_without_settings(folder) -> None:
    (folder.root / "pyproject.toml").write_text("[project]\n")
    (folder.root / "kaven.toml").write_text('prisma = "6"\n')
    folder.run("init")
    assert (folder.root / "pyproject.toml").read_text() == "[project]\n"
    assert (folder.root / "kaven.toml").read_text() == 'prisma = "6"\n'


@pytest.mark.parametrize(
    "existing",
    [
        "repos:\n  - repo: local\n    hooks:\n      - id: lint\n",
        "repos:\n- repo: local\n  hooks:\n  - id: lint\n",
        "# ours\nfail_fast: true\n\nrepos:\n  - repo: local\n    hooks:\n      - id: lint",
        "repos:\n",
        "---\nrepos:\n-   repo: local\n    hooks:\n    -   id: lint\n",
    ],
    ids=["indented", "flush", "no line break at the end", "no repository", "pre-commit's own sample"],
)
def test_hooks_join_those_that_are_there(folder, existing: str) -> None:
    path = folder.root / ".pre-commit-config.yaml"
    path.write_text(existing)
    before = hooks_of(folder.root)
    assert folder.run("init").code == 0
    assert path.read_text().startswith(existing.rstrip("\n"))
    assert hooks_of(folder.root) == [*before, HOOKS]
    text = path.read_text()
    folder.run("init")
    assert path.read_text() == text


@pytest.mark.parametrize(
    "existing",
    [
        "repos:\n  - repo: local\n    hooks:\n      - id: lint\ndefault_stages: [pre-commit]\n",
        "repos: []\n",
        "repos: [{repo: local, hooks: [{id: lint}]}]\n",
    ],
)
def test_hooks_are_shown_where_they_cannot_be_added_safely(folder, existing: str) -> None:
    path = folder.root / ".pre-commit-config.yaml"
    path.write_text(existing)
    run = folder.run("init")
    assert run.code == 0
    assert path.read_text() == existing
    assert "add this to the repos of .pre-commit-config.yaml:" in run.err
    shown = run.err.partition("config.yaml:\n")[2].partition("next:")[0]
    assert [hook["id"] for hook in yaml.safe_load(shown)[0]["hooks"]] == HOOKS


def test_a_schema_that_is_there_stays(folder) -> None:
    (folder.root / "prisma").mkdir()
    (folder.root / "prisma" / "schema.extended.prisma").write_text("// mine\n")
    assert folder.run("init").code == 0
    assert (folder.root / "prisma" / "schema.extended.prisma").read_text() == "// mine\n"


def test_a_file_in_the_way_is_told(folder) -> None:
    (folder.root / "prisma").write_text("no folder")
    run = folder.run("init")
    assert run.code in (2, 3)
    assert "prisma" in run.err


def test_release_beside_another_base(folder) -> None:
    assert folder.run("init").code == 0
    run = folder.run("init", "--release", "1.0.0")
    assert (run.code, "error[base_is_another]" in run.err) == (2, True)
    assert not (folder.root / "kaven.lock").exists()
    assert folder.run("init", "--release", "2.0.0").code == 0
    assert (folder.root / "kaven.lock").exists()
