"""`kaven release build` and `kaven release test`, for the vendor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kaven_schema.update.release import open_source
from tests.projects import files
from tests.update.projects import EXTENDED, ONE, TWO, run
from tests.update.vendor import CONFIG

DAY = ("--date", "2026-01-02")


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    (tmp_path / "kaven.toml").touch()
    write(tmp_path / "base.prisma", CONFIG + ONE)
    build(tmp_path, "1.0.0", "--name", "acme")
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def build(folder: Path, version: str, *more: str, code: int = 0) -> str:
    output = ("--version", version, "--output", f"releases/{version}")
    return run(folder, "release", "build", "base.prisma", *output, *DAY, *more, code=code)


def script(folder: Path, version: str) -> str:
    (path,) = (folder / "releases" / version / "migrations").glob("*/migration.sql")
    return path.read_text()


def test_an_additive_release(vendor: Path):
    write(vendor / "base.prisma", CONFIG + TWO)
    write(vendor / "notes.md", "Notes for users.\n")
    build(vendor, "1.1.0", "--after", "releases", "--notes", "notes.md", "--title", "notes")
    first, second = open_source("releases", vendor).releases
    assert second.manifest.previous == first.version
    assert second.manifest.name == "acme"
    assert second.migrations[0].name == "20260102000000_kaven_notes"
    assert 'CREATE TABLE "Note"' in script(vendor, "1.1.0")
    assert 'CREATE TABLE "User"' not in script(vendor, "1.1.0")
    assert 'CREATE TABLE "User"' in script(vendor, "1.0.0")
    changelog = (vendor / "releases" / "1.1.0" / "CHANGELOG.md").read_text()
    assert "Notes for users." in changelog
    assert "- model `Note`: a new table" in changelog


def test_a_break_takes_a_major_version_and_a_migration_of_the_data(vendor: Path):
    write(vendor / "base.prisma", CONFIG + ONE.replace("  old   String?\n", ""))
    before = files(vendor)
    assert "make it 2.0.0" in build(vendor, "1.1.0", "--after", "releases", code=1)
    assert "--data-migration" in build(vendor, "2.0.0", "--after", "releases", code=1)
    assert files(vendor) == before
    write(vendor / "data.sql", 'ALTER TABLE "User" DROP COLUMN "old";\n')
    build(vendor, "2.0.0", "--after", "releases", "--data-migration", "data.sql")
    (one,) = open_source("releases", vendor).releases[1].manifest.breaks
    assert (one.rule, one.path) == ("vendor_field_kept", "User.old")
    assert script(vendor, "2.0.0") == 'ALTER TABLE "User" DROP COLUMN "old";\n'


def test_a_base_that_is_no_schema_by_itself(vendor: Path):
    note = TWO[TWO.index("model Note") :]
    more = "model User {\n  phone String?\n  @@index([phone])\n}\n"
    reference = write(vendor / "reference.prisma", note + more)
    write(vendor / "base.prisma", CONFIG + ONE.replace("?\n}", "?\n  notes Note[]\n}"))
    build(vendor, "1.1.0", "--after", "releases", code=1)
    build(vendor, "3.0.0", "--name", "acme", "--reference", reference.name)
    assert 'CREATE TABLE "User"' in script(vendor, "3.0.0")
    assert "Note" not in script(vendor, "3.0.0")
    assert "phone" not in script(vendor, "3.0.0")
    write(vendor / "base.prisma", CONFIG + ONE.replace("?\n}", "?\n  notes Note[]\n  nick String?\n}"))
    build(vendor, "3.1.0", "--after", "releases/3.0.0", "--reference", reference.name)
    assert script(vendor, "3.1.0").split("\n")[1:] == ['ALTER TABLE "User" ADD COLUMN     "nick" TEXT;', ""]


def test_wrong_wishes(vendor: Path):
    assert "release_folder_taken" in build(vendor, "1.0.0", code=2)
    assert "version_not_newer" in build(vendor, "0.9.0", "--after", "releases", code=2)
    assert "migration_name_invalid" in build(
        vendor, "1.1.0", "--after", "releases", "--title", "No Name", code=2
    )
    write(vendor / "base.prisma", "model {\n")
    assert "syntax_error" in build(vendor, "1.1.0", "--after", "releases", code=1)


def test_a_signed_release(vendor: Path):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    pem = Ed25519PrivateKey.from_private_bytes(bytes(32)).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (vendor / "key.pem").write_bytes(pem)
    said = build(vendor, "1.0.1", "--after", "releases", "--key", "key.pem")
    key = said.partition('vendor_key = "')[2].partition('"')[0]
    assert open_source("releases/1.0.1", vendor, vendor_key=key).releases
    project = vendor / "project"
    write(project / "prisma" / "schema.base.prisma", CONFIG + ONE)
    write(project / "prisma" / "schema.extended.prisma", EXTENDED)
    write(project / "kaven.toml", f'client = false\nreleases = "../releases"\nvendor_key = "{key}"\n')
    assert "release_unsigned" in run(project, "update", code=1)
    write(project / "kaven.toml", f'client = false\nreleases = "../releases/1.0.1"\nvendor_key = "{key}"\n')
    run(project, "update")


def test_the_vendors_regression_test(vendor: Path):
    write(vendor / "base.prisma", CONFIG + TWO)
    build(vendor, "1.1.0", "--after", "releases")
    write(vendor / "acme" / "extended.prisma", EXTENDED)
    write(vendor / "globex" / "own.prisma", "model User {\n  nick Int?\n}\n")
    write(vendor / "same" / "own.prisma", "model User {\n  nick String?\n}\n")
    write(vendor / "broken" / "own.prisma", "model User {\n  nick String? @@\n}\n")
    said = run(vendor, "release", "test", "releases/1.1.0", "--against", "acme", "same")
    assert said.splitlines() == ["acme: fits", "same: fits, 1 declarations to adopt"]
    command = (
        "release",
        "test",
        "releases/1.1.0",
        "--json",
        "--against",
        "acme",
        "--against",
        "globex",
        "broken",
    )
    found = json.loads(run(vendor, *command, code=1))["projects"]
    assert [one["fits"] for one in found] == [True, False, False]
    assert [one["diagnostics"][0]["rule"] for one in found[1:]] == [
        "addition_same_as_extended",
        "syntax_error",
    ]
    assert "release_previous_missing" in run(
        vendor, "release", "test", "releases/1.0.0", "--against", "acme", code=2
    )
    assert "extended_not_found" in run(
        vendor, "release", "test", "releases/1.1.0", "--against", "none", code=2
    )
