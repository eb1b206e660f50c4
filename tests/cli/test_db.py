"""`kaven db` on a server of its own, and on one that DATABASE_URL names."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.url import DatabaseUrl
from tests.cli.conftest import Folder
from tests.database.servers import database, query, shared_server

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["database", "shared_server"]


@pytest.fixture
def place(folder: Folder) -> Iterator[Folder]:
    for name in ("DATABASE_URL", "DIRECT_URL", "SHADOW_DATABASE_URL"):
        folder.environment.pop(name, None)
    yield folder
    EmbeddedServer(folder.root).down()


def test_life(place: Folder) -> None:
    down = place.run("db", "status")
    assert down.code == 1
    assert "kaven db up" in down.out
    up = place.run("db", "up")
    assert up.code == 0
    assert "Setting up" in up.err
    assert place.run("db", "up").code == 0
    state = json.loads(place.run("db", "status", "--json").out)
    assert state["embedded"]["up"]
    assert state["used"]["answers"]
    assert state["used"]["version"].startswith("16.")
    assert place.run("db", "psql", "-c", "create table kept (id int)").code == 0
    url = place.run("db", "url").out.strip()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("kaven_app",)
    assert place.run("db", "psql", "--role", "app", "-Atc", "select count(*) from kept").out == "0\n"
    refused = place.run("db", "reset")
    assert refused.code == 2
    assert "answer_needed" in refused.err
    assert place.run("db", "reset", "--yes").code == 0
    assert place.run("db", "psql", "-Atc", "select to_regclass('kept')").out == "\n"
    assert place.run("db", "down").code == 0
    assert "was not up" in place.run("db", "down").err


def test_url_of_the_embedded_database_is_the_embedded_database(place: Folder) -> None:
    """Exported, as the help of `kaven db url` shows: migrations still go as the owner."""
    place.run("db", "up")
    url = place.run("db", "url").out.strip()
    place.run("db", "down")
    owner = place.run("db", "psql", "-Atc", "select current_user", DATABASE_URL=url)
    assert owner.out == "kaven_owner\n"
    assert place.run("db", "reset", "--yes", DATABASE_URL=url).code == 0


def test_database_url_wins(place: Folder, database: DatabaseUrl) -> None:
    other = str(database)
    assert place.run("db", "url", DATABASE_URL=other).out.strip() == other
    (place.root / ".env").write_text(f'DATABASE_URL="{other}"\n', encoding="utf-8")
    assert place.run("db", "url").out.strip() == other
    named = place.run("db", "url", DATABASE_URL="postgresql://u@h/d").out.strip()
    assert named == "postgresql://u@h:5432/d"
    state = place.run("db", "status")
    assert state.code == 0
    assert "DATABASE_URL in .env" in state.out
    assert database.password not in state.out
    assert not (place.root / ".kaven" / "postgres" / "data").exists()


def test_reset_of_another_database(place: Folder, database: DatabaseUrl) -> None:
    query(database, "CREATE TABLE kept ()")
    place.environment["DATABASE_URL"] = str(database)
    refused = place.run("db", "reset", "--yes")
    assert refused.code == 2
    assert "--force" in refused.err
    assert query(database, "SELECT to_regclass('kept')::text") == [("kept",)]
    assert place.run("db", "reset", "--yes", "--force").code == 0
    assert query(database, "SELECT to_regclass('kept')::text") == [(None,)]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"password": "wrong"}, "database_login_refused"),
        ({"database": "nowhere"}, "database_unknown"),
        ({"host": "127.0.0.1", "port": "1"}, "database_unreachable"),
        ({"options": {"nonsense": "1"}}, "database_url_invalid"),
    ],
)
def test_database_out_of_reach(
    place: Folder, database: DatabaseUrl, change: dict[str, str], rule: str, shared_server: EmbeddedServer
) -> None:
    from dataclasses import replace

    assert shared_server.url(Role.OWNER).user == database.user
    place.environment["DATABASE_URL"] = str(replace(database, **change))  # type: ignore[arg-type]
    run = place.run("db", "reset", "--yes", "--force")
    assert run.code in (2, 3)
    assert f"error[{rule}]" in run.err
    assert place.run("db", "status").code == 1


def test_url_that_is_none(place: Folder) -> None:
    run = place.run("db", "url", DATABASE_URL="mysql://u@h/d")
    assert run.code == 2
    assert "DATABASE_URL starts with mysql://" in run.err


def test_help_shows_examples(place: Folder) -> None:
    for name in ("up", "down", "status", "url", "psql", "reset"):
        assert f"kaven db {name}" in place.run("db", name, "--help").out
