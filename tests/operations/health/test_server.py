"""The server: version, clock, encryption, extensions; each well and each not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kaven_schema.config import Settings
from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.engines.query_engine import query_engine_path
from kaven_schema.operations.health.checks.server import version_finding
from kaven_schema.operations.health.deployment import Deployment, Given
from kaven_schema.operations.health.examining import CHECKS, examine
from tests.database.servers import query, superuser
from tests.listening import Listening, relay
from tests.operations.health.conftest import Look, only

pytestmark = pytest.mark.xdist_group("postgres")


def test_database(look: Look) -> None:
    found = look("database")
    assert [finding.colour.value for finding in found] == ["green", "green"]
    assert "***" in found[0].what


def test_dead_database_is_one_red_line(settings: Settings) -> None:
    nowhere = "postgresql://kaven_app:secret@127.0.0.1:1/kaven"
    with Deployment(settings, Given(application=nowhere)) as deployment:
        found = list(examine(deployment))
    assert [finding for finding in found if finding.check == "database"] == [
        finding for finding in found if "127.0.0.1" in finding.what
    ]
    only([finding for finding in found if finding.check == "database"], "red")
    rest = {check.name for check in CHECKS if check.needs_database}
    silent = [finding for finding in found if finding.check in rest]
    assert {(finding.colour.value, finding.what) for finding in silent} == {
        ("yellow", "not checked: the database does not answer")
    }
    assert len(silent) == len(rest)


def test_no_database_is_named(settings: Settings) -> None:
    with Deployment(settings, Given()) as deployment:
        found = [finding for finding in examine(deployment) if finding.check == "database"]
    assert "DATABASE_URL is not set" in only(found, "red").what
    assert not (settings.root / ".kaven" / "postgres").exists()


@pytest.mark.parametrize(
    ("major", "today", "colour"),
    [
        (14, date(2026, 1, 1), "red"),
        (15, date(2026, 11, 22), "green"),
        (15, date(2027, 7, 1), "yellow"),
        (16, date(2026, 11, 22), "green"),
        (16, date(2029, 1, 1), "yellow"),
        (18, date(2026, 11, 22), "green"),
        (19, date(2026, 11, 22), "yellow"),
    ],
)
def test_version_by_the_calendar(major: int, today: date, colour: str) -> None:
    only([version_finding(major, f"{major}.1", today)], colour)


def test_version(look: Look) -> None:
    assert "PostgreSQL 16." in only(look("version"), "green").what
    assert "ended" in only(look("version", now=lambda: datetime(2029, 1, 1, tzinfo=UTC)), "yellow").what


@pytest.mark.parametrize(("seconds", "colour", "word"), [(-9, "yellow", "s ahead"), (90, "red", "s behind")])
def test_clock_that_is_wrong(look: Look, seconds: int, colour: str, word: str) -> None:
    found = look("clock", now=lambda: datetime.now(UTC) + timedelta(seconds=seconds))
    assert word in only(found, colour).what


def test_time_zone(look: Look, protected: DatabaseUrl) -> None:
    only(look("clock"), "green")
    query(protected, f"ALTER DATABASE {protected.database} SET timezone = 'Europe/Vienna'")
    assert "Europe/Vienna" in only(look("clock"), "yellow").what


@pytest.fixture
def outside(application: DatabaseUrl) -> Iterator[DatabaseUrl]:
    """The application's URL by an address of this machine that others see."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        address = probe.getsockname()[0]

    def forward(client: socket.socket) -> None:
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(f"{application.host}/.s.PGSQL.{application.port}")
            relay(client, server)

    listening = Listening(socket.create_server(("0.0.0.0", 0)), forward)
    yield replace(application, host=address, port=str(listening.port))
    listening.stop()


def test_unencrypted(look: Look, outside: DatabaseUrl) -> None:
    only(look("tls"), "green")
    found = look("tls", application=str(outside))
    assert "not encrypted" in found[0].what
    assert [finding.colour.value for finding in found] == ["red", "green"]


def test_extensions(
    look: Look, settings: Settings, shared_server: EmbeddedServer, protected: DatabaseUrl
) -> None:
    only(look("extensions"), "green")
    folder = settings.root / "prisma" / "migrations" / "29990101000000_dev_extensions"
    folder.mkdir()
    script = folder / "migration.sql"
    script.write_text(
        'CREATE EXTENSION IF NOT EXISTS "vector";\nCREATE EXTENSION citext;\nDROP EXTENSION citext;\n'
    )
    assert "vector is not installed" in only(look("extensions"), "red").what
    with superuser(shared_server) as connection:
        import psycopg

        info = connection.info
        inside = psycopg.connect(
            host=info.host, port=info.port, user=info.user, password=info.password, dbname=protected.database
        )
        with inside:
            inside.execute("CREATE EXTENSION vector")
            inside.commit()
            assert "vector " in only(look("extensions"), "green").what
            inside.execute("UPDATE pg_extension SET extversion = '0.0.1' WHERE extname = 'vector'")
            inside.commit()
            assert "0.0.1" in only(look("extensions"), "yellow").what
        inside.close()


def test_extensions_of_the_schema(look: Look, settings: Settings) -> None:
    text = settings.output.read_text()
    named = 'extensions = [pg_trgm, fuzzy(map: "fuzzystrmatch")]'
    settings.output.write_text(text.replace("datasource db {", f"datasource db {{\n  {named}"))
    found = [finding.what for finding in look("extensions")]
    assert found == ["fuzzystrmatch is not installed", "pg_trgm is not installed"]


def test_a_role_that_may_not_look(look: Look, protected: DatabaseUrl, settings: Settings) -> None:
    """What cannot be seen is yellow, with the reason."""
    query(protected, 'CREATE TABLE "_prisma_migrations" (id text)')
    found = only(look("migrations"), "yellow")
    assert found.what.startswith("could not be checked: ")
    assert Path(settings.root).exists()


def test_engine(look: Look, application: DatabaseUrl) -> None:
    """It is started for real, and asked for the database as the application names it."""
    query_engine_path()
    assert {finding.colour.value for finding in look("engine")} == {"green"}
    nowhere = replace(application, database="nowhere")
    assert (
        "the database does not"
        in only([one for one in look("engine", application=str(nowhere)) if one.do], "red").what
    )
