"""`kaven doctor` as a user runs it; each check by itself: tests/operations/health."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.url import DatabaseUrl
from tests.cli.conftest import Project
from tests.database.servers import database, shared_server

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["database", "shared_server"]


@pytest.fixture
def deployed(project: Project) -> Project:
    for name in ("DATABASE_URL", "DIRECT_URL", "KAVEN_BACKUPS"):
        project.environment.pop(name, None)
    assert project.run("merge").code == 0
    return project


def test_without_a_database(deployed: Project) -> None:
    run = deployed.run("doctor")
    assert run.code == 1
    assert "red     database: DATABASE_URL is not set" in run.out
    assert "do: set DATABASE_URL, or start the embedded one: kaven db up" in run.out
    assert "not checked: the database does not answer" in run.out
    assert run.err == ""
    empty = deployed.run("doctor", DATABASE_URL="")
    assert empty.code == 1
    assert "red     database: DATABASE_URL is set, and empty" in empty.out


def test_dead_database(deployed: Project, database: DatabaseUrl) -> None:
    dead = replace(database, port="1")
    run = deployed.run("doctor", "--json", DATABASE_URL=str(dead))
    assert run.code == 1
    found = json.loads(run.out)
    assert found["colour"] == "red"
    assert [one["check"] for one in found["findings"] if one["colour"] == "red"].count("database") == 1
    assert database.password not in run.out


def test_a_live_one(deployed: Project, database: DatabaseUrl, shared_server: EmbeddedServer) -> None:
    app = shared_server.url(Role.APP).with_database(database.database)
    urls = ("--database-url", str(app), "--direct-url", str(database))
    found = json.loads(deployed.run("doctor", "--json", *urls).out)["findings"]
    colours = {one["check"]: one["colour"] for one in found}
    assert {name for name, colour in colours.items() if colour == "red"} <= {"client", "backups", "engine"}
    assert colours["database"] == colours["roles"] == colours["version"] == "green"
    assert all(one["do"] for one in found if one["colour"] != "green")


def test_url_that_is_none(deployed: Project) -> None:
    run = deployed.run("doctor", "--database-url", "mysql://u@h/d")
    assert run.code == 1
    assert "red     database: --database-url starts with mysql://" in run.out


def test_nothing_is_made(deployed: Project) -> None:
    before = deployed.files()
    deployed.run("doctor")
    assert deployed.files() == before
    assert not (deployed.root / ".kaven" / "postgres").exists()


@pytest.mark.parametrize(
    ("package", "check", "extra"),
    [
        ("cryptography", "backups", "all"),
        ("wasmtime", "client", "engines"),
        ("psycopg", "database", "database"),
    ],
)
def test_package_that_is_not_installed(
    deployed: Project, database: DatabaseUrl, package: str, check: str, extra: str
) -> None:
    """What needs it is not checked, and the line says what to install."""
    options = f"['doctor', '--json', '--database-url', {str(database)!r}]"
    code = f"import sys; sys.modules[{package!r}] = None; from kaven_schema.cli import main; main({options})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=deployed.root,
        env=deployed.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr
    told = [one for one in json.loads(done.stdout)["findings"] if one["check"] == check]
    assert [one["do"] for one in told] == [f"pip install 'kaven-schema[{extra}]'"]


def test_strict(deployed: Project) -> None:
    """Yellow alone ends with 0, unless it is told otherwise."""
    from kaven_schema.cli.findings import findings_code
    from kaven_schema.operations.health.finding import Colour, Finding

    yellow = [Finding("timeouts", Colour.YELLOW, "off", "do")]
    assert findings_code(yellow) == 0
    assert findings_code(yellow, strict=True) == 1
    assert deployed.run("doctor", "--strict").code == 1


def test_help_shows_an_example(deployed: Project) -> None:
    assert "kaven doctor --json --strict" in deployed.run("doctor", "--help").out
