"""A port that another program takes before the engine can."""

from __future__ import annotations

import socket
from types import ModuleType

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from tests.services.project import a_database, connected

pytestmark = pytest.mark.xdist_group("postgres")

NAME = "SELECT current_database()::text AS name"


def test_an_engine_of_another_database_is_not_taken_for_ones_own(
    services_server: EmbeddedServer, services_package: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    utils = services_package.engine.utils
    with (
        a_database(services_server) as first,
        a_database(services_server) as second,
        connected(services_server, first, services_package) as one,
    ):
        taken = int(one.client._internal_engine.url.rpartition(":")[2])
        free = utils.get_open_port()
        ports = iter((taken, free))
        monkeypatch.setattr(utils, "get_open_port", lambda: next(ports))
        with connected(services_server, second, services_package) as other:
            assert other.client._internal_engine.url.endswith(f":{free}")
            assert other.run(other.client.query_raw(NAME)) == [{"name": second}]
        assert one.run(one.client.query_raw(NAME)) == [{"name": first}]


def test_ports_that_are_all_taken(
    services_server: EmbeddedServer, services_package: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    utils, errors = services_package.engine.utils, services_package.engine.errors
    with a_database(services_server) as name, connected(services_server, name, services_package) as world:
        taken = int(world.client._internal_engine.url.rpartition(":")[2])
        monkeypatch.setattr(utils, "get_open_port", lambda: taken)
        with (
            pytest.raises(errors.EngineConnectionError, match="ports"),
            connected(services_server, name, services_package),
        ):
            pass
        with socket.create_connection(("127.0.0.1", taken)):
            pass
