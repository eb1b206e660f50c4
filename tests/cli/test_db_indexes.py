"""`kaven db indexes` as a user runs it."""

from __future__ import annotations

import json

import psycopg
import pytest

from kaven_schema.database.url import DatabaseUrl
from tests.cli.conftest import Project
from tests.database.servers import database, query, shadow, shared_server

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["database", "shadow", "shared_server"]


@pytest.fixture
def migrated(project: Project, database: DatabaseUrl, shadow: DatabaseUrl) -> Project:
    project.environment |= {"DATABASE_URL": str(database), "SHADOW_DATABASE_URL": str(shadow)}
    run = project.run("migrate", "dev", "--no-client")
    assert run.code == 0, run.err
    return project


def test_from_a_finding_to_its_mend(migrated: Project, database: DatabaseUrl) -> None:
    assert migrated.run("db", "indexes").out.splitlines()[-1] == "nothing to mend"
    migrated.edit(migrated.extended, "  @@index([authorId])\n", "")
    migrated.edit(migrated.extended, "@@index([tenantId, createdAt])", "@@index([createdAt])")
    assert migrated.run("migrate", "dev", "--no-client").code == 0
    query(database, "CREATE INDEX by_hand ON tickets (created_at)")
    run = migrated.run("db", "indexes")
    assert run.code == 0
    assert "prisma/schema.extended.prisma:12:7" in run.out
    assert "model Ticket {\n  @@index([authorId])\n  @@index([tenantId])\n}" in run.out
    strict = migrated.run("db", "indexes", "--strict", "--json")
    assert strict.code == 1
    found = json.loads(strict.out)
    assert [one["kind"] for one in found["findings"]] == [
        "foreign_key_unindexed",
        "foreign_key_unindexed",
        "index_duplicate",
    ]
    assert found["findings"][0]["add"] == {"model": "Ticket", "line": "@@index([authorId])"}
    query(database, found["findings"][2]["sql"])
    migrated.edit(
        migrated.extended, "  @@index([createdAt])", "  @@index([tenantId, createdAt])\n  @@index([authorId])"
    )
    assert migrated.run("migrate", "dev", "--no-client").code == 0
    again = migrated.run("db", "indexes", "--strict", "--all")
    assert (again.code, again.out.splitlines()[-1]) == (0, "nothing to mend")
    assert "tickets_author_id_idx" in again.out


def test_an_invalid_index_is_an_error_also_without_the_schema(
    migrated: Project, database: DatabaseUrl
) -> None:
    twice = "INSERT INTO tenants (id, name, updated_at) VALUES ('a', 'same', now()), ('b', 'same', now())"
    query(database, twice)
    with pytest.raises(psycopg.errors.UniqueViolation):
        query(database, "CREATE UNIQUE INDEX CONCURRENTLY once ON tenants (name)")
    run = migrated.run("db", "indexes")
    assert run.code == 1
    assert 'if nothing builds it: DROP INDEX CONCURRENTLY "public"."once"' in run.out
    migrated.base.unlink()
    bare = migrated.run("db", "indexes", "--min-days", "0")
    assert bare.code == 1
    assert "schema.base.prisma is not here" in bare.err


def test_wrong_use(project: Project) -> None:
    assert project.run("db", "indexes", "--min-days", "-1").code == 2
    assert "kaven db indexes --strict --json" in project.run("db", "indexes", "--help").out
