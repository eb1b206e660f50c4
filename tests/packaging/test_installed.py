"""The wheel without extras in an empty environment, as a user has it after `pip install kaven-schema`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from shutil import copy

import pytest

from tests.packaging.environments import run, start

pytestmark = pytest.mark.xdist_group("packaging")

BASE, EXTENDED, OUTPUT = (
    "prisma/schema.base.prisma",
    "prisma/schema.extended.prisma",
    "prisma/schema.prisma",
)
FIND_RESOURCES = """
from kaven_schema import resources
print(resources.grammar_path("prisma.lark"))
print(resources.template_folder())
resources.example_text("schema.base.prisma"), resources.example_text("schema.extended.prisma")
resources.rule_page({page!r})
"""


def a_rule_page(checkout: Path) -> str:
    return min((checkout / "docs" / "rules").glob("*.md")).stem


@pytest.fixture
def kaven(installed: Path) -> Path:
    return installed / "kaven"


@pytest.fixture
def project(kaven: Path, tmp_path: Path) -> Path:
    """A folder after `kaven init`."""
    run(kaven, "init", cwd=tmp_path)
    return tmp_path


def test_nothing_is_installed_that_is_not_meant(installed: Path, tmp_path: Path):
    listed = run(installed / "python", "-m", "pip", "list", "--format=freeze", cwd=tmp_path)
    names = {line.partition("==")[0].lower() for line in listed.splitlines()}
    assert names - {"pip", "setuptools"} == {"kaven-schema", "click", "jinja2", "lark", "markupsafe"}


def test_the_command_knows_its_version(installed: Path, wheel: Path, tmp_path: Path):
    version = wheel.name.split("-")[1]
    assert version in run(installed / "kaven", "--version", cwd=tmp_path)
    assert version in run(installed / "python", "-m", "kaven_schema", "--version", cwd=tmp_path)


# What is imported where the extras are: by a generated client, and by applications.
WITH_EXTRAS = (
    "client.lean.base",
    "client.lean.runtime",
    "client.tenant.runtime",
    "client.transport",
    "keyring",
    "operations.backup",
    "operations.pitr",
    "services",
)
IMPORT_ALL = """
import importlib, pkgutil, kaven_schema
left_out = tuple(f"kaven_schema.{name}" for name in %r)
for module in pkgutil.walk_packages(kaven_schema.__path__, "kaven_schema.", onerror=lambda name: None):
    if not module.name.startswith(left_out) and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


def test_every_module_imports_without_the_extras(installed: Path, tmp_path: Path):
    run(installed / "python", "-W", "error", "-c", IMPORT_ALL % (WITH_EXTRAS,), cwd=tmp_path)


def test_the_wheels_own_resources_are_found(installed: Path, checkout: Path, tmp_path: Path):
    found = run(
        installed / "python", "-c", FIND_RESOURCES.format(page=a_rule_page(checkout)), cwd=tmp_path
    ).splitlines()
    assert all(f"{os.sep}_resources{os.sep}" in path for path in found)
    assert all(path.startswith(str(installed.parent)) for path in found)


def test_an_editable_install_finds_those_of_the_checkout(editable: Path, checkout: Path, tmp_path: Path):
    found = run(
        editable / "python", "-c", FIND_RESOURCES.format(page=a_rule_page(checkout)), cwd=tmp_path
    ).splitlines()
    assert found == [str(checkout / "grammar" / "prisma.lark"), str(checkout / "templates")]
    assert run(editable / "kaven", "--version", cwd=tmp_path)


def test_a_users_code_is_checked_against_our_types(installed: Path, tmp_path: Path):
    (tmp_path / "app.py").write_text(
        "from kaven_schema.source import Source\nreveal_type(Source('a', 'b').path)\n"
    )
    shown = run(
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--python-executable",
        installed / "python",
        "app.py",
        cwd=tmp_path,
    )
    assert 'Revealed type is "str"' in shown.replace("builtins.", "")


def test_merge_writes_what_the_checkout_holds(kaven: Path, project: Path, checkout: Path):
    for name in (BASE, EXTENDED):
        assert (project / name).read_bytes() == (checkout / name).read_bytes()
    run(kaven, "merge", cwd=project)
    assert (project / OUTPUT).read_bytes() == (checkout / OUTPUT).read_bytes()
    run(kaven, "merge", "--check", cwd=project)


def test_check_says_that_prisma_was_not_asked(kaven: Path, project: Path):
    done = start(kaven, "check", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "pip install 'kaven-schema[engines]'" in done.stderr


def test_generate_writes_the_schema_and_says_what_the_client_needs(kaven: Path, project: Path):
    done = start(kaven, "generate", cwd=project)
    assert done.returncode == 3
    assert "pip install 'kaven-schema[client]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert (project / OUTPUT).exists()


def test_format(kaven: Path, project: Path):
    path = project / EXTENDED
    laid_out = path.read_bytes()
    path.write_bytes(laid_out.replace(b"  ", b"      "))
    assert start(kaven, "format", "--check", EXTENDED, cwd=project).returncode == 1
    run(kaven, "format", EXTENDED, cwd=project)
    assert path.read_bytes() == laid_out
    run(kaven, "format", "--check", BASE, EXTENDED, cwd=project)


def test_parse(kaven: Path, project: Path):
    [tree] = json.loads(run(kaven, "parse", "--json", BASE, cwd=project))["files"]
    assert "Tenant" in {item.get("name") for item in tree["items"]}
    (project / EXTENDED).write_text("model User {\n  name String String\n}\n", encoding="utf-8")
    refused = start(kaven, "parse", EXTENDED, cwd=project)
    assert refused.returncode == 1
    assert f"{EXTENDED}:2:" in refused.stderr


def test_blame(kaven: Path, project: Path):
    assert f"{BASE}:" in run(kaven, "blame", "User.email", cwd=project)
    assert f"{EXTENDED}:" in run(kaven, "blame", "User", cwd=project)


def test_explain(kaven: Path, project: Path, checkout: Path):
    for page in (checkout / "docs" / "rules").glob("*.md"):
        assert run(kaven, "explain", page.stem, cwd=project) == page.read_text(encoding="utf-8")


def test_diff(kaven: Path, project: Path):
    copy(project / BASE, project / "old.prisma")
    assert run(kaven, "diff", "old.prisma", BASE, cwd=project)
    text = (project / BASE).read_text(encoding="utf-8")
    (project / BASE).write_text(text.replace("email String @unique", "mail String @unique"), encoding="utf-8")
    changed = start(kaven, "diff", "old.prisma", BASE, cwd=project)
    assert changed.returncode == 1
    assert "email" in changed.stdout
