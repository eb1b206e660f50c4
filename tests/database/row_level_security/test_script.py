"""The migration of `kaven rls`."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from kaven_schema.client.tenant.metadata import read_catalog
from kaven_schema.database.lint import lint_folder
from kaven_schema.database.migrations.statements import split_statements
from kaven_schema.database.row_level_security.tables import protection_of
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError, Severity
from tests.database.row_level_security.protecting import SCHEMAS, example_catalog, migration
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")

EXAMPLE = (SCHEMAS / "schema.prisma").read_text(encoding="utf-8")


def test_lint_accepts_it(tmp_path: Path) -> None:
    folder = tmp_path / "20260101000000_dev_row_level_security"
    folder.mkdir()
    (folder / "migration.sql").write_text(migration(example_catalog()), encoding="utf-8")
    found = lint_folder(tmp_path, today=date(2026, 1, 1))
    assert [one for one in found if one.severity is Severity.ERROR] == []


def test_nothing_is_written_twice() -> None:
    script = migration(example_catalog())
    assert migration(example_catalog(), script) == ""
    assert migration(example_catalog(), "-- something else", script) == ""


def test_what_is_new_is_added(protected: DatabaseUrl) -> None:
    """A table of the developer's, and a reference between two that there were."""
    extended = (
        EXAMPLE.replace(
            "  subject  String\n",
            '  subject  String\n  watcherId String? @map("watcher_id")\n'
            '  watcher User? @relation("Watcher", fields: [watcherId], references: [id])\n',
        ).replace(
            "  tickets  Ticket[]\n  comments",
            '  watched Ticket[] @relation("Watcher")\n  tickets  Ticket[]\n  comments',
        )
        + "\nmodel Note {\n  id String @id\n  tenantId String\n  text String\n}\n"
    )
    catalog = read_catalog(extended, "5.17")
    query(
        protected, 'CREATE TABLE "Note" (id text PRIMARY KEY, "tenantId" text NOT NULL, text text NOT NULL)'
    )
    query(protected, "ALTER TABLE tickets ADD watcher_id text REFERENCES users (id)")
    script = migration(catalog, migration(example_catalog()))
    assert 'CREATE POLICY "kaven_tenant" ON "Note"' in script
    assert "watcher_id" in script
    assert 'ON "orders"' not in script
    query(protected, script)
    from kaven_schema.database.row_level_security.proving import prove

    assert prove(protected, catalog).holds


def test_changed_condition_is_altered(protected: DatabaseUrl) -> None:
    earlier = migration(example_catalog()).replace('table "orders"', 'table "orders" ', 1)
    old = earlier.replace(
        '-- kaven rls table "orders"  ', '-- kaven rls table "orders" 000000000000\n-- was '
    )
    script = migration(example_catalog(), old)
    assert 'ALTER POLICY "kaven_tenant" ON "orders"' in script
    assert "CREATE POLICY" not in script
    query(protected, script)


def test_changed_privileges_are_granted_anew(protected: DatabaseUrl) -> None:
    old = re.sub(
        r'(-- kaven rls authentication "refresh_tokens") \w+',
        r"\1 000000000000",
        migration(example_catalog()),
    )
    script = migration(example_catalog(), old)
    assert 'REVOKE ALL ON "refresh_tokens" FROM "kaven_authentication"' in script
    assert "POLICY" not in script
    query(protected, script)
    from kaven_schema.database.row_level_security.proving import prove

    assert prove(protected, example_catalog(), mutate=False).holds


def test_schema_without_what_services_need() -> None:
    """Nobody logs in as Kaven's users do: nothing for authentication, and nobody to be appointed."""
    schema = "model Tenant {\n  id Int @id\n}\nmodel User {\n  id Int @id\n  tenantId Int\n}\n"
    assert "kaven_authentication" not in migration(read_catalog(schema, "5.17"))
    login = schema.replace("tenantId Int\n", "tenantId Int\n  email String\n  passwordHash String\n")
    script = migration(read_catalog(login, "5.17"))
    assert script.count('CREATE POLICY "kaven_authentication"') == 2
    assert "kaven_global_role" not in script


def test_models_that_are_declared(protected: DatabaseUrl) -> None:
    """What a sign-up of one's own writes: of a tenant's rows, and of everybody's."""
    mark = "\n/// @kaven.authentication\n"
    extended = (
        f"{EXAMPLE}{mark}model Note {{\n  id String @id\n  tenantId String\n}}\n"
        f"{mark}/// @kaven.global\nmodel Country {{\n  id String @id\n}}\n"
    )
    catalog = read_catalog(extended, "5.17")
    for table in (
        '"Note" (id text PRIMARY KEY, "tenantId" text NOT NULL)',
        '"Country" (id text PRIMARY KEY)',
    ):
        query(protected, f"CREATE TABLE {table}")
    script = migration(catalog, migration(example_catalog()))
    assert 'CREATE POLICY "kaven_authentication" ON "Note"' in script
    assert 'POLICY "kaven_authentication" ON "Country"' not in script
    query(protected, script)
    from kaven_schema.database.row_level_security.proving import prove

    proof = prove(protected, catalog, mutate=False)
    assert proof.holds, [*proof.lines()]
    assert not prove(protected, example_catalog(), mutate=False).holds


def test_statements_come_apart() -> None:
    """As `kaven migrate deploy` runs them one by one where it has to."""
    statements = split_statements(migration(example_catalog()))
    assert sum(statement.words[:2] == ("CREATE", "POLICY") for statement in statements) == 13 * 3 + 2 + 5
    assert all(statement.words for statement in statements)


@pytest.mark.parametrize(
    ("schema", "rule"),
    [
        ("model Order {\n  id Int @id\n}\n", "row_security_no_tenant"),
        ("model Tenant {\n  id Int @id\n}\nmodel Order {\n  id Int @id\n}\n", "row_security_incomplete"),
    ],
)
def test_schemas_that_cannot_be_protected(schema: str, rule: str) -> None:
    with pytest.raises(KavenError) as caught:
        protection_of(read_catalog(schema, "5.17"))
    assert caught.value.rule == rule


def test_global_models_are_left_open() -> None:
    schema = "model Tenant {\n  id Int @id\n}\nmodel Order {\n  id Int @id\n}\n"
    tables = protection_of(read_catalog(schema, "5.17"), ("Order",)).tables
    assert [table.name for table in tables] == ["Tenant"]
