"""The application's role and the backup's: each well, and each fault made for real."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.url import DatabaseUrl
from tests.database.servers import superuser
from tests.operations.health.conftest import Login, Look, only

pytestmark = pytest.mark.xdist_group("postgres")


def test_roles(look: Look) -> None:
    assert [finding.colour.value for finding in look("roles")] == ["green", "green"]


@pytest.mark.parametrize(
    ("attributes", "colour", "word"),
    [
        ("SUPERUSER", "red", "a superuser"),
        ("BYPASSRLS", "red", "has BYPASSRLS"),
        ("IN ROLE kaven_owner", "red", "owns 1"),
        ("CREATEROLE", "yellow", "may make roles"),
    ],
)
def test_application_that_may_too_much(
    look: Look, login: Login, attributes: str, colour: str, word: str
) -> None:
    found = look("roles", application=str(login(attributes)))
    assert word in only([finding for finding in found if "backup" not in finding.what], colour).what


def test_application_that_is_the_owner(look: Look, protected: DatabaseUrl) -> None:
    found = look("roles", application=str(protected))
    assert "owns" in only([finding for finding in found if finding.colour == "red"], "red").what


@pytest.fixture
def backup_role(shared_server: EmbeddedServer) -> Iterator[None]:
    yield
    with superuser(shared_server) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'kaven_elsewhere'").fetchone():
            connection.execute("ALTER ROLE kaven_elsewhere RENAME TO kaven_backup")
        connection.execute("ALTER ROLE kaven_backup BYPASSRLS")


def test_backup_that_would_be_empty(look: Look, shared_server: EmbeddedServer, backup_role: None) -> None:
    with superuser(shared_server) as connection:
        connection.execute("ALTER ROLE kaven_backup NOBYPASSRLS")
        assert (
            "would be empty"
            in only([finding for finding in look("roles") if finding.colour != "green"], "red").what
        )
        connection.execute("ALTER ROLE kaven_backup RENAME TO kaven_elsewhere")
        assert (
            "there is no role kaven_backup"
            in only([finding for finding in look("roles") if finding.colour != "green"], "yellow").what
        )
