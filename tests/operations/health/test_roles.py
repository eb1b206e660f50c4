"""The application's role, the backup's, and the policies: each well, and each fault made for real."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kaven_schema.config import Settings
from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.url import DatabaseUrl
from tests.database.servers import query, superuser
from tests.operations.health.conftest import Login, Look, coloured, only

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


def test_policies(look: Look) -> None:
    assert "tables are bound" in only(look("policies"), "green").what


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("DROP POLICY kaven_tenant ON tickets", "tickets: the policy kaven_tenant is gone"),
        ("DROP POLICY kaven_owner ON tickets", "tickets: the policy kaven_owner is gone"),
        ("ALTER POLICY kaven_tenant ON tickets USING (true)", "does not ask for the tenant"),
        ("ALTER TABLE tickets DISABLE ROW LEVEL SECURITY", "not enabled"),
        ("ALTER TABLE tickets NO FORCE ROW LEVEL SECURITY", "not forced"),
        ("CREATE POLICY mine ON tickets USING (true)", "the policy mine is not ours"),
        ("GRANT TRUNCATE ON tickets TO kaven_app", "may TRUNCATE"),
        ("DROP TABLE ticket_comments", "1 tables are not there: ticket_comments"),
    ],
)
def test_policy_that_does_not_hold(look: Look, protected: DatabaseUrl, sql: str, word: str) -> None:
    """What it says to do mends it."""
    query(protected, sql)
    told = only(look("policies"), "red")
    assert word in told.what
    mend, proof, _ = told.do.partition("; then prove it: kaven rls verify")
    if proof:
        query(protected, mend)
        only(look("policies"), "green")


def test_many_faults_are_counted(look: Look, protected: DatabaseUrl) -> None:
    tables = [
        str(name) for (name,) in query(protected, "SELECT polrelid::regclass FROM pg_policy GROUP BY 1")
    ]
    for table in tables[:-1]:
        query(protected, f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    found = look("policies")
    assert len(found) == 6
    assert found[-1].what == f"… and {len(tables) - 6} more"


def test_no_row_level_security_at_all(look: Look, settings: Settings, database: DatabaseUrl) -> None:
    """That is a choice, but one to know of."""
    for script in sorted((settings.root / "prisma" / "migrations").glob("*/migration.sql")):
        query(database, script.read_text())
    found = look("policies", application=str(database), direct=str(database))
    assert "by the application alone" in only(found, "yellow").what


def test_schema_whose_tables_are_nobodys(look: Look, settings: Settings) -> None:
    text = settings.output.read_text()
    settings.output.write_text(f"{text}\nmodel Stray {{\n  id Int @id\n}}\n")
    found = look("policies")
    assert "Stray" in only(found, "yellow").what, coloured(found)
