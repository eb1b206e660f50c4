"""Another schema: numbers for ids, a client that blocks, types to five levels, join tables, what is everybody's."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kaven_schema.client.engine import use_engine
from kaven_schema.client.generator import generate_clients
from kaven_schema.database.embedded import EmbeddedServer, Role
from tests.database.servers import superuser
from tests.services.project import make_tables

SCHEMA = Path(__file__).parent / "fixtures" / "school.prisma"


@pytest.fixture(scope="session")
def school_package(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    use_engine()
    folder = tmp_path_factory.mktemp("school")
    schema = folder / "schema.prisma"
    schema.write_text(SCHEMA.read_text(encoding="utf-8"), encoding="utf-8")
    generate_clients(schema, output=folder / "school_client")
    sys.path.insert(0, str(folder))
    return importlib.import_module("school_client")


@pytest.fixture(scope="session")
def school_database(shared_server: EmbeddedServer) -> str:
    make_tables(shared_server, SCHEMA, "school_template")
    return "school_template"


@pytest.fixture
def school(school_package: ModuleType, shared_server: EmbeddedServer, school_database: str) -> Iterator[Any]:
    """A connected client of a school with two tenants, as its owner."""
    with superuser(shared_server) as connection:
        connection.execute("DROP DATABASE IF EXISTS school_one WITH (FORCE)")
        connection.execute(
            f"CREATE DATABASE school_one OWNER kaven_owner TEMPLATE {school_database}".encode()
        )
    url = str(shared_server.url(Role.OWNER).with_database("school_one"))
    options = {"use_dotenv": False, "datasource": {"url": url}, "connect_timeout": timedelta(seconds=60)}
    client = school_package.Prisma(**options)
    client.connect()
    _fill(client)
    yield client
    client.disconnect()


@pytest.fixture
def tenant(school: Any, school_package: ModuleType) -> Callable[..., Any]:
    made: Callable[..., Any] = importlib.import_module(f"{school_package.__name__}.tenant").tenant_client
    return made


def _fill(client: Any) -> None:
    client.subject.create({"id": 1, "name": "Latin"})
    client.stray.create({"id": 1})
    for mark in (1, 2):
        ten = mark * 10
        client.tenant.create({"id": mark, "name": f"School {mark}"})
        client.people.create({"id": ten, "tenantId": mark, "name": "Ada"})
        client.people.create({"id": ten + 1, "tenantId": mark, "name": "Bo", "mentorId": ten})
        client.course.create({"id": ten + 1, "tenantId": mark, "title": "I", "subjectId": 1})
        client.course.update(where={"id": ten + 1}, data={"pupils": {"connect": [{"id": ten}]}})
        client.grade.create({"courseId": ten + 1, "pupilId": ten, "mark": mark})
        client.badge.create({"id": ten, "tenantId": mark, "pupilId": ten})
