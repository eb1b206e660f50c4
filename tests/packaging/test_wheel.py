"""What the archives hold, and what they say about themselves."""

from __future__ import annotations

import email
import json
import re
import tarfile
import tomllib
import zipfile
from email.message import Message
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("packaging")

RESOURCES = "kaven_schema/_resources/"


def contents(wheel: Path) -> dict[str, int]:
    """The checksum of every file."""
    with zipfile.ZipFile(wheel) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist() if not entry.is_dir()}


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name))


def test_the_wheel_holds_the_package_and_its_resources_alone(wheel: Path, known: frozenset[str]):
    names = {name for name in contents(wheel) if ".dist-info/" not in name}
    resources = {
        name
        for name in known
        if name.startswith(("grammar/", "templates/", "releases/"))
        or name == "docs/errors.md"
        or (name.startswith("docs/") and name.split("/")[1].endswith("rules"))
    }
    examples = {f"prisma/{name}.prisma" for name in ("schema.base", "schema.extended", "services.extended")}
    package = {name for name in known if name.startswith("kaven_schema/")}
    assert {"grammar/prisma.lark", "grammar/prisma.tables.json", "templates/schema.prisma.jinja"} <= resources
    assert "kaven_schema/py.typed" in package
    assert names == package | {RESOURCES + name for name in resources | examples}


def test_npm_packages_are_pinned_and_their_registry_is_not(wheel: Path):
    locks = [name for name in contents(wheel) if name.endswith("/package-lock.json")]
    assert {"schema-5.17", "schema-6", "schema-7"} <= {name.split("/")[-2] for name in locks}
    with zipfile.ZipFile(wheel) as archive:
        for name in locks:
            packages = json.loads(archive.read(name))["packages"]
            assert all("resolved" not in package for package in packages.values())
            assert all("integrity" in package for folder, package in packages.items() if folder)


def test_the_source_archive_builds_the_same_wheel(wheel: Path, direct_wheel: Path):
    assert contents(wheel) == contents(direct_wheel)


def test_the_source_archive_holds_nothing_that_git_does_not_know(archives: Path, known: frozenset[str]):
    [archive] = archives.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {entry.name.partition("/")[2] for entry in opened if entry.isfile()}
    made, needed = {"PKG-INFO"}, {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"}
    assert needed <= names
    assert names - made <= known


def test_the_metadata_is_complete(wheel: Path, checkout: Path):
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    told = metadata(wheel)
    assert told["Name"] == "kaven-schema"
    assert told["Requires-Python"] == ">=3.11"
    assert told["License-Expression"] == "MIT"
    assert set(told.get_all("Provides-Extra", [])) == set(project["optional-dependencies"])
    assert re.search(r"^# ", str(told.get_payload()), re.MULTILINE)
