"""What a live server says of its archive, well and not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.operations.health.finding import Finding
from kaven_schema.operations.pitr.checking import (
    _slot,
    check_archiver,
    check_receiver,
    check_settings,
    is_archived,
)
from tests.database.servers import superuser

if TYPE_CHECKING:
    from psycopg import Connection

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server that archives nothing well: its settings are changed by the tests."""
    server = EmbeddedServer(tmp_path_factory.mktemp("archiving"))
    server.up()
    with superuser(server) as connection:
        for setting in ("wal_level = minimal", "max_wal_senders = 0", "archive_mode = off"):
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
    server.down()
    server.up()
    yield server
    server.down()


@pytest.fixture
def connection(shared_server: EmbeddedServer) -> Iterator[Connection]:
    with superuser(shared_server) as connection:
        yield connection


def colours(found: Iterator[Finding] | tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.check, finding.colour.value) for finding in found]


def test_settings(connection: Connection) -> None:
    assert colours(check_settings(connection)) == [("wal_level", "green"), ("max_wal_senders", "green")]


def test_settings_that_restore_nothing(own: EmbeddedServer) -> None:
    with superuser(own) as connection:
        assert colours(check_settings(connection)) == [("wal_level", "red"), ("max_wal_senders", "red")]


def test_server_that_archives_nothing(connection: Connection) -> None:
    assert colours(check_archiver(connection, datetime.now(UTC))) == [("archive_mode", "red")]
    assert colours(is_archived(connection, datetime.now(UTC))) == [("archive_mode", "yellow")]


def test_receiver(connection: Connection) -> None:
    assert colours(check_receiver(connection, "barman_kaven")) == [("slot", "red")]
    connection.execute("SELECT pg_create_physical_replication_slot('barman_kaven', true)")
    try:
        [waiting] = check_receiver(connection, "barman_kaven")
        assert "has no receiver" in waiting.what
        assert waiting.colour == "red"
    finally:
        connection.execute("SELECT pg_drop_replication_slot('barman_kaven')")


@pytest.mark.parametrize(
    ("active", "status", "kept", "colour"),
    [
        (True, "reserved", 1, "green"),
        (True, "extended", 6 * 1024**3, "yellow"),
        (False, "lost", 0, "red"),
        (False, "reserved", 1, "red"),
    ],
)
def test_slots(active: bool, status: str, kept: int, colour: str) -> None:
    assert _slot("any", active=active, status=status, kept=kept).colour == colour
