"""`kaven rls` as a user runs it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.url import DatabaseUrl, parse_url
from tests.cli.conftest import Project, environment, folder, project
from tests.database.servers import query, shadow

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["environment", "folder", "project", "shadow"]

DEV = ("migrate", "dev", "--no-client")
LABEL = "\nmodel Label {\n  id String @id @default(uuid())\n  tenantId String\n  text String\n}\n"


@pytest.fixture
def migrated(project: Project, database: DatabaseUrl, shadow: DatabaseUrl, roles: None) -> Project:
    project.environment |= {"DATABASE_URL": str(database), "SHADOW_DATABASE_URL": str(shadow)}
    assert project.run(*DEV).code == 0
    return project


def written(project: Project) -> list[Path]:
    return sorted((project.root / "prisma" / "migrations").glob("*_row_level_security/migration.sql"))


def test_from_the_migration_to_the_proof(migrated: Project, database: DatabaseUrl) -> None:
    unprotected = migrated.run("rls", "verify")
    assert unprotected.code == 1
    assert "problem: tickets: row-level security is not enabled" in unprotected.out
    run = migrated.run("rls")
    assert run.code == 0, run.err
    assert len(written(migrated)) == 1
    assert migrated.run("migrate", "lint").code == 0
    assert migrated.run("migrate", "deploy").code == 0
    proof = migrated.run("rls", "verify")
    assert proof.code == 0, proof.out + proof.err
    assert "as it must" in proof.out
    assert "nothing to write" in migrated.run("rls").err
    assert migrated.run(*DEV).code == 0
    assert len(written(migrated)) == 1
    query(database, "ALTER POLICY kaven_tenant ON tickets USING (true)")
    found = json.loads(migrated.run("rls", "verify", "--json", "--no-mutate").out)
    assert not found["holds"]
    wrong = {(one["table"], one["operation"]) for one in found["attempts"] if one["works"] != one["should"]}
    assert ("tickets", "select") in wrong


def test_what_comes_later_gets_a_migration_of_its_own(migrated: Project) -> None:
    assert migrated.run("rls").code == 0
    assert migrated.run("migrate", "deploy").code == 0
    migrated.extend(LABEL)
    early = migrated.run("rls")
    assert early.code == 1
    assert "row_security_too_early" in early.err
    assert migrated.run(*DEV, "--name", "label").code == 0
    assert migrated.run("rls", "verify", "--no-mutate").code == 1
    assert migrated.run("rls").code == 0
    later = written(migrated)[-1].read_text(encoding="utf-8")
    assert 'ALTER TABLE "Label" ENABLE ROW LEVEL SECURITY' in later
    assert 'POLICY "kaven_tenant" ON "tickets"' not in later
    assert migrated.run("migrate", "deploy").code == 0
    assert migrated.run("rls", "verify").code == 0


def test_before_there_is_a_migration(project: Project) -> None:
    run = project.run("rls")
    assert run.code == 1
    assert "kaven migrate dev" in run.err


def test_model_that_is_nobodys(migrated: Project) -> None:
    migrated.extend("\nmodel Stray {\n  id String @id\n}\n")
    run = migrated.run("rls")
    assert run.code == 1
    assert "row_security_incomplete" in run.err
    assert "Stray" in run.err


def test_roles(migrated: Project) -> None:
    run = migrated.run("rls", "roles", "--owner", "me")
    assert run.code == 0
    assert 'TO "me"' in run.out
    assert "PASSWORD" not in run.out
    elsewhere = migrated.run("db", "url", "--role", "authentication")
    assert (elsewhere.code, "error[database_role_elsewhere]" in elsewhere.err) == (2, True)
    assert "\\password kaven_authentication" in elsewhere.err


def test_on_the_embedded_database(project: Project) -> None:
    for name in ("DATABASE_URL", "SHADOW_DATABASE_URL"):
        project.environment.pop(name, None)
    try:
        assert project.run(*DEV).code == 0
        assert project.run("rls").code == 0
        assert project.run("migrate", "deploy").code == 0
        proof = project.run("rls", "verify")
        assert proof.code == 0, proof.out + proof.err
        assert project.run(*DEV).code == 0
        EmbeddedServer(project.root).down()
        shutil.rmtree(
            project.root / ".kaven" / "postgres"
        )  # as on the machine of whoever pulls the migrations
        assert project.run("db", "up").code == 0
        deployed = project.run("migrate", "deploy")
        assert deployed.code == 0, deployed.err
        assert project.run("rls", "verify", "--no-mutate").code == 0
        for role in ("authentication", "super_admin"):
            url = parse_url(project.run("db", "url", "--role", role).out.strip(), "test")
            assert query(url, "SELECT current_user::text") == [(f"kaven_{role}",)]
    finally:
        EmbeddedServer(project.root).down()
