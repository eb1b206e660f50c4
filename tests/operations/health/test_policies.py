"""The policies: all well, each fault made for real, and what is said to do typed as it stands."""

from __future__ import annotations

import psycopg
import pytest

from kaven_schema.client.tenant.metadata import read_catalog
from kaven_schema.config import Settings
from kaven_schema.database.migrations.folder import Migration, read_folder
from kaven_schema.database.migrations.table import begin_row, create_table, finish_row
from kaven_schema.database.row_level_security.proving import prove
from kaven_schema.database.url import DatabaseUrl
from tests.database.row_level_security.protecting import example_catalog, migration
from tests.database.servers import query
from tests.operations.health.conftest import Look, coloured, only

pytestmark = pytest.mark.xdist_group("postgres")

SNIPPETS = """
model Snippet {
  id       String @id
  tenantId String @map("tenant_id")

  @@map("snippets")
}
"""
TABLE = "CREATE TABLE snippets (id text PRIMARY KEY, tenant_id text NOT NULL)"
PROVED = "; then prove it: kaven rls verify"


def add_migration(settings: Settings, name: str, sql: str) -> Migration:
    folder = settings.root / "prisma" / "migrations"
    (folder / name).mkdir()
    (folder / name / "migration.sql").write_text(sql)
    found = read_folder(folder).find(name)
    assert found
    return found


@pytest.fixture
def migrated(settings: Settings, protected: DatabaseUrl) -> DatabaseUrl:
    """As `kaven migrate deploy` leaves it, with the migration of `kaven rls`; and a table since then."""
    add_migration(settings, "20980101000000_dev_row_level_security", migration(example_catalog()))
    with psycopg.connect(protected.conninfo(), password=protected.password, autocommit=True) as connection:
        create_table(connection)
        for one in read_folder(settings.root / "prisma" / "migrations").migrations:
            finish_row(connection, begin_row(connection, one))
    settings.output.write_text(settings.output.read_text() + SNIPPETS)
    query(protected, TABLE)
    return protected


@pytest.mark.parametrize("by_hand", [False, True])
def test_table_that_no_migration_protects(
    look: Look, settings: Settings, migrated: DatabaseUrl, by_hand: bool
) -> None:
    """Not even where somebody has begun by hand: the migration would find that in its way."""
    if by_hand:
        query(migrated, "CREATE POLICY kaven_tenant ON snippets USING (false)")
    told = only(look("policies"), "red")
    assert told.what == "no migration protects snippets yet"
    drop, _, typed = told.do.rpartition("kaven rls; kaven migrate deploy")
    assert typed == PROVED
    assert drop == ('DROP POLICY "kaven_tenant" ON "snippets"; ' if by_hand else "")
    if drop:
        query(migrated, drop)
    catalog = read_catalog(settings.output.read_text(), "5.17")
    script = migration(catalog, migration(example_catalog()))
    later = add_migration(settings, "20990101000000_dev_row_level_security", script)
    pending = only(look("policies"), "red")
    assert (pending.what, pending.do) == (
        "the migration that protects snippets is not applied",
        f"kaven migrate deploy{PROVED}",
    )
    with psycopg.connect(migrated.conninfo(), password=migrated.password, autocommit=True) as connection:
        connection.execute(later.sql.encode())
        finish_row(connection, begin_row(connection, later))
    only(look("policies"), "green")
    assert prove(migrated, catalog, mutate=False).holds


def test_all_that_a_table_had_is_gone(look: Look, protected: DatabaseUrl) -> None:
    """What is said to do, typed until nothing more is said, is all."""
    names = query(protected, "SELECT polname::text FROM pg_policy WHERE polrelid = 'users'::regclass")
    for (name,) in names:
        query(protected, f"DROP POLICY {name} ON users")
    query(
        protected,
        "ALTER TABLE users DISABLE ROW LEVEL SECURITY; ALTER TABLE users NO FORCE ROW LEVEL SECURITY",
    )
    query(
        protected, "REVOKE ALL ON users FROM kaven_app, kaven_super_admin, kaven_authentication, kaven_login"
    )
    for _ in range(4):
        for told in look("policies"):
            if told.colour != "green" and told.do.endswith(PROVED):
                query(protected, told.do.removesuffix(PROVED))
    only(look("policies"), "green")
    assert prove(protected, example_catalog(), mutate=False).holds


def test_policies(look: Look) -> None:
    assert "tables are bound" in only(look("policies"), "green").what


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("DROP POLICY kaven_tenant ON tickets", "tickets: the policy kaven_tenant is gone"),
        ("DROP POLICY kaven_owner ON tickets", "tickets: the policy kaven_owner is gone"),
        ("DROP POLICY kaven_super_admin ON tickets", "tickets: the policy kaven_super_admin is gone"),
        ("DROP POLICY kaven_login ON users", "users: the policy kaven_login is gone"),
        ("DROP POLICY kaven_authentication ON users", "users: the policy kaven_authentication is gone"),
        (
            "DROP TRIGGER kaven_reference_tickets_assignee_id_insert ON tickets",
            "the trigger kaven_reference_",
        ),
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
        assert prove(protected, example_catalog(), mutate=False).holds


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
