"""The oldest Python and packages that pyproject.toml allows do what the newest do, byte for byte."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tests.packaging.environments import environment, start
from tests.packaging.test_wheel import metadata

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("packaging")]

EXTRAS = ("", "client", "database", "engines")
SCHEMA = "prisma/schema.prisma"


@dataclass(frozen=True)
class Installation:
    """The wheel with [all] and a cache of its own; no Node on PATH but the one that comes as a wheel."""

    folder: Path

    @property
    def programs(self) -> Path:
        return self.folder / "venv" / "bin"

    @property
    def tables(self) -> Path:
        """The parse tables that come with it."""
        [found] = self.folder.glob("venv/lib/*/site-packages/kaven_schema/_resources/grammar/*.tables.json")
        return found

    def start(self, program: str, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        variables = {"PATH": str(self.programs), "KAVEN_CACHE_DIR": str(self.folder / "cache")}
        return start(self.programs / program, *arguments, cwd=cwd, variables=variables)

    def run(self, program: str, *arguments: str | Path, cwd: Path) -> str:
        done = self.start(program, *arguments, cwd=cwd)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def trees(self, schemas: list[Path], dialect: str) -> str:
        """What `kaven parse` says of them all; some are broken, and have to be so everywhere."""
        done = self.start("kaven", "parse", "--json", "--prisma", dialect, *schemas, cwd=self.folder)
        assert done.returncode in (0, 1), done.stderr
        assert done.stdout.startswith("{"), done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def python(wheel: Path) -> str:
    """The oldest Python that the wheel may be installed into."""
    lowest = lower_bound(SpecifierSet(metadata(wheel)["Requires-Python"]))
    found = which(f"python{lowest}")
    if not found:
        pytest.skip(
            f"needs Python {lowest}: install it so that `python{lowest}` is on PATH (on Debian with venv)"
        )
    return found


@pytest.fixture(scope="module")
def newest(wheel: Path, python: str, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("newest")
    environment(folder / "venv", f"{wheel}[all]", python=python)
    return Installation(folder)


@pytest.fixture(scope="module")
def oldest(
    wheel: Path, python: str, newest: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    folder = tmp_path_factory.mktemp("oldest")
    pins = {f"{needed.name}=={lowest_release(needed, newest)}\n" for needed in requirements(wheel)}
    (folder / "pins.txt").write_text("".join(sorted(pins)))
    environment(folder / "venv", f"{wheel}[all]", "--constraint", str(folder / "pins.txt"), python=python)
    return Installation(folder)


def requirements(wheel: Path) -> list[Requirement]:
    """What a user's installation needs directly, without what only our own development does."""
    told = metadata(wheel)
    wanted = [Requirement(text) for text in told.get_all("Requires-Dist", [])]
    return [
        needed
        for needed in wanted
        if needed.name != told["Name"]
        and (not needed.marker or any(needed.marker.evaluate({"extra": extra}) for extra in EXTRAS))
    ]


def lower_bound(allowed: SpecifierSet) -> str:
    [bound] = [one.version for one in allowed if one.operator == ">="]
    return bound


def lowest_release(needed: Requirement, installation: Installation) -> Version:
    """The lowest that the index has of a package, for this Python and within the bounds."""
    listed = installation.run(
        "python", "-m", "pip", "index", "versions", needed.name, cwd=installation.folder
    )
    found = re.search(r"^Available versions: (.*)$", listed, re.MULTILINE)
    assert found, listed
    return min(needed.specifier.filter(Version(text) for text in found[1].split(", ")))


def compiled(installation: Installation, project: Path) -> bytes:
    """The merged schema, after all that a user does with it."""
    project.mkdir()
    installation.run("kaven", "init", cwd=project)
    installation.run("kaven", "merge", cwd=project)
    merged = (project / SCHEMA).read_bytes()
    assert "was not asked" not in installation.start("kaven", "check", cwd=project).stderr
    installation.run("kaven", "check", cwd=project)
    installation.run("kaven", "generate", cwd=project)
    installation.run("python", "-c", "from prisma.models import Tenant, User", cwd=project)
    assert (project / SCHEMA).read_bytes() == merged
    return merged


def test_the_main_job(newest: Installation, oldest: Installation, tmp_path: Path):
    assert compiled(oldest, tmp_path / "oldest") == compiled(newest, tmp_path / "newest")


@pytest.mark.parametrize("dialect", ["5.17", "6", "7"])
def test_tables_of_the_newest_lark_serve_the_oldest(
    newest: Installation, oldest: Installation, checkout: Path, dialect: str
):
    newest.run("python", "-m", "kaven_schema.syntax.tables", cwd=newest.folder)
    made = newest.tables.read_bytes()
    assert json.loads(made)
    schemas = sorted((checkout / "prisma").glob("*.prisma"))
    schemas += sorted((checkout / "tests").glob("*/fixtures/**/*.prisma"))
    schemas += sorted((checkout / "tests" / "fixtures").glob("**/*.prisma"))
    expected = newest.trees(schemas, dialect)
    for tables in (made, b"{}"):  # without tables the oldest builds them from the grammar
        oldest.tables.write_bytes(tables)
        assert oldest.trees(schemas, dialect) == expected
