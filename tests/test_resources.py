from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kaven_schema.resources
from kaven_schema.diagnostics import KavenError

SCRIPT = (
    "import sys; sys.path.insert(0, sys.argv[1])\n"
    "from kaven_schema.diagnostics import KavenError; from kaven_schema import resources\n"
    "try: print(resources.grammar_path('prisma.lark'))\n"
    "except KavenError as error: print(error.rule)\n"
)


def test_what_the_program_reads_is_found():
    assert "start" in kaven_schema.resources.grammar_text("prisma.lark")
    assert list(kaven_schema.resources.template_folder().iterdir())
    assert "model Tenant" in kaven_schema.resources.example_text("schema.base.prisma")
    assert "model User" in kaven_schema.resources.example_text("schema.extended.prisma")


def test_every_rule_page_is_found(checkout: Path):
    pages = sorted((checkout / "docs" / "rules").glob("*.md"))
    assert pages
    assert kaven_schema.resources.rule_slugs() == [page.stem for page in pages]
    for page in pages:
        assert kaven_schema.resources.rule_page(page.stem) == page.read_text(encoding="utf-8")


def test_what_is_missing_is_refused_with_a_way_out():
    with pytest.raises(KavenError) as caught:
        kaven_schema.resources.grammar_path("none.lark")
    assert caught.value.rule == "resource_not_found"
    assert "pip install" in caught.value.help


def found_from(folder: Path) -> str:
    command = [sys.executable, "-I", "-c", SCRIPT, str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout.strip()


def test_the_packages_own_come_first_and_a_neighbours_never(tmp_path: Path):
    package = Path(kaven_schema.resources.__file__).parent
    shutil.copytree(package, tmp_path / "kaven_schema", ignore=shutil.ignore_patterns("_resources"))
    beside, inside = tmp_path / "grammar", tmp_path / "kaven_schema" / "_resources" / "grammar"
    beside.mkdir()
    (beside / "prisma.lark").touch()
    assert found_from(tmp_path) == "resource_not_found"
    (tmp_path / "pyproject.toml").touch()
    assert found_from(tmp_path) == str(beside / "prisma.lark")
    inside.mkdir(parents=True)
    (inside / "prisma.lark").touch()
    assert found_from(tmp_path) == str(inside / "prisma.lark")
