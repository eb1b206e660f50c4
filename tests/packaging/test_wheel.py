"""The wheel as a user gets it: built once, installed without extras into an empty environment."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("packaging")

FIND_RESOURCES = """
from kaven_schema import resources
print(resources.grammar_path("prisma.lark"))
print(resources.template_folder())
resources.example_text("schema.base.prisma"), resources.example_text("schema.extended.prisma")
resources.rule_page({page!r})
"""


def run(*command: str | Path, cwd: Path) -> str:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=outside, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment(folder: Path, *requirements: str) -> Path:
    """The `bin` of a new virtual environment with some packages."""
    run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "--disable-pip-version-check", *requirements, cwd=folder)
    return folder / "bin"


@pytest.fixture(scope="session")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the source archive, so that one is complete too."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, checkout, cwd=folder)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(tmp_path_factory.mktemp("clean") / "venv", str(wheel))


@pytest.fixture(scope="session")
def editable(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("editable") / "venv"
    return environment(folder, "--editable", str(checkout))


def a_rule_page(checkout: Path) -> str:
    return next((checkout / "docs" / "rules").glob("*.md")).stem


def test_the_wheel_holds_the_package_and_its_resources_alone(wheel: Path, checkout: Path):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"kaven_schema"}
    assert {"kaven_schema/py.typed", "kaven_schema/_resources/grammar/prisma.lark"} <= names
    for folder in ("grammar", "templates", "docs/rules"):
        shipped = {name for name in names if name.startswith(f"kaven_schema/_resources/{folder}/")}
        tracked = run("git", "ls-files", "--cached", "--others", "--exclude-standard", folder, cwd=checkout)
        assert shipped == {f"kaven_schema/_resources/{name}" for name in tracked.splitlines()}


def test_the_metadata_is_complete(wheel: Path):
    archive = zipfile.ZipFile(wheel)
    [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    metadata = email.message_from_bytes(archive.read(name))
    assert metadata["Name"] == "kaven-schema"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert set(metadata.get_all("Provides-Extra", [])) == {"all", "client", "dev", "engines"}
    assert re.search(r"^# ", str(metadata.get_payload()), re.MULTILINE)


def test_nothing_is_installed_that_is_not_meant(installed: Path, tmp_path: Path):
    listed = run(installed / "python", "-m", "pip", "list", "--format=freeze", cwd=tmp_path)
    names = {line.partition("==")[0].lower() for line in listed.splitlines()}
    assert names - {"pip", "setuptools"} == {"kaven-schema", "click", "jinja2", "lark", "markupsafe"}


def test_the_command_knows_its_version(installed: Path, wheel: Path, tmp_path: Path):
    version = wheel.name.split("-")[1]
    assert version in run(installed / "kaven", "--version", cwd=tmp_path)
    assert version in run(installed / "python", "-m", "kaven_schema", "--version", cwd=tmp_path)


def test_every_module_imports_without_the_extras(installed: Path, tmp_path: Path):
    script = (
        "import importlib, pkgutil, kaven_schema\n"
        "for module in pkgutil.walk_packages(kaven_schema.__path__, 'kaven_schema.'):\n"
        "    if not module.name.endswith('__main__'): importlib.import_module(module.name)\n"
    )
    run(installed / "python", "-W", "error", "-c", script, cwd=tmp_path)


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
