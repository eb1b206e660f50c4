"""`kaven migrate` on PostgreSQL of other versions than the embedded one."""

from __future__ import annotations

import json

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from tests.cli.conftest import Project
from tests.database.servers import query
from tests.database.versions import server

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.mark.parametrize(
    "version", [pytest.param(15, marks=pytest.mark.long), pytest.param(17, marks=pytest.mark.long), 18]
)
def test_all_of_it(project: Project, version: int) -> None:
    """The migrations are tried on the embedded PostgreSQL 16; the copy is made by a pg_dump that knows the server."""
    project.environment.pop("SHADOW_DATABASE_URL", None)
    with server(version) as url:
        project.environment["DATABASE_URL"] = str(url)
        try:
            assert json.loads(project.run("db", "status", "--json").out)["used"]["version"].startswith(
                f"{version}."
            )
            first = project.run("migrate", "dev", "--no-client")
            assert first.code == 0, first.err
            assert project.run("migrate", "dev", "--no-client").code == 0
            folder = project.root / "prisma" / "migrations" / "29990101000000_dev_apart"
            folder.mkdir()
            (folder / "migration.sql").write_text(
                "create index concurrently i on users (email);", encoding="utf-8"
            )
            deploy = project.run("migrate", "deploy", "--backup", "--json")
            assert deploy.code == 0, deploy.err
            assert (project.root / json.loads(deploy.out)["backup"]).stat().st_size > 1000
            assert project.run("migrate", "status").code == 0
            query(url, "ALTER TABLE users ADD beside int")
            drifted = project.run("migrate", "status", "--json")
            assert json.loads(drifted.out)["drift"] == ["+ column users.beside integer"]
        finally:
            EmbeddedServer(project.root).down()
