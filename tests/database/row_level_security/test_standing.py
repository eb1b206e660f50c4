"""What the scripts of `kaven rls` have left, where the schema loses what it names."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from kaven_schema.client.tenant.metadata import read_catalog
from kaven_schema.database.migrations.apply import MigrationError, apply_migration
from kaven_schema.database.migrations.folder import Migration
from kaven_schema.database.migrations.table import create_table
from kaven_schema.database.row_level_security.doors import doors_of
from kaven_schema.database.row_level_security.proving import prove
from kaven_schema.database.row_level_security.script import adapting
from kaven_schema.database.row_level_security.standing import standing_after
from kaven_schema.database.row_level_security.tables import protection_of
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.source import Source
from tests.database.row_level_security.protecting import SCHEMAS, example_catalog, migration
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")

EXAMPLE = (SCHEMAS / "schema.prisma").read_text(encoding="utf-8")
LATER = "20990101000000_dev_later"


def without(*words: str) -> str:
    """The example's schema without the lines in which one of the words stands."""
    return "".join(
        line for line in EXAMPLE.splitlines(keepends=True) if not any(word in line for word in words)
    )


def apply(url: DatabaseUrl, sql: str, name: str = LATER) -> None:
    with psycopg.connect(url.conninfo(), password=url.password, autocommit=True) as connection:
        apply_migration(connection, Migration(name, Path(name), Source(name, sql)), lambda _: None)


@pytest.mark.parametrize(
    ("words", "table", "column"),
    [
        (("twoFactorSecret",), "users", "two_factor_secret"),
        (("globalRole",), "users", "global_role"),
        (("assignee", "Assignee"), "tickets", "assignee_id"),
    ],
)
def test_column_that_goes(protected: DatabaseUrl, words: tuple[str, ...], table: str, column: str) -> None:
    """Refused with what to type, and what is typed lets it go."""
    with psycopg.connect(protected.conninfo(), password=protected.password) as connection:
        create_table(connection)
    drop = f'ALTER TABLE "{table}" DROP COLUMN "{column}";'
    with pytest.raises(MigrationError) as refused:
        apply(protected, drop)
    assert f"run kaven rls, rename the folder that it writes so that it comes before {LATER}" in str(
        refused.value.diagnostic.help
    )
    assert "CASCADE" not in str(refused.value.diagnostic.help)
    catalog, first = read_catalog(without(*words), "5.17"), migration(example_catalog())
    script = migration(catalog, first)
    apply(protected, script, "20990101000000_dev_row_level_security")
    apply(protected, drop)
    assert migration(catalog, first, script) == ""
    assert prove(protected, catalog, mutate=False).holds
    # And it may come again.
    apply(protected, f'ALTER TABLE "{table}" ADD COLUMN "{column}" TEXT;', "20990101000001_dev_again")
    apply(protected, migration(example_catalog(), first, script), "20990101000002_dev_row_level_security")
    assert prove(protected, example_catalog()).holds


def test_table_that_was_dropped_is_protected_anew() -> None:
    first = migration(example_catalog())
    again = migration(example_catalog(), first, '-- DropTable\nDROP TABLE "tickets";\n')
    assert 'CREATE POLICY "kaven_tenant" ON "tickets"' in again
    assert 'CREATE OR REPLACE TRIGGER "kaven_reference_tickets_' in again
    assert 'CREATE POLICY "kaven_tenant" ON "users"' not in again
    assert migration(example_catalog(), first, '-- DROP TABLE "tickets";\n') == ""


def test_others_functions_are_left_alone() -> None:
    others = (
        'CREATE OR REPLACE FUNCTION "kaven_next_number"() RETURNS int;\nCREATE OR REPLACE FUNCTION seen() …'
    )
    assert standing_after([others]).functions == {}
    assert migration(example_catalog(), migration(example_catalog()), others) == ""


def test_columns_that_come_back() -> None:
    """What names both old and new goes before, and is made after."""
    catalog = read_catalog(without("globalRole"), "5.17")
    earlier = migration(example_catalog())
    protection, doors = protection_of(catalog), doors_of(catalog, "public")
    found = adapting(protection, doors, [earlier], gone=(), adds=True)
    assert found
    assert 'DROP FUNCTION IF EXISTS "kaven_login"("wanted" text);' in found.before
    assert 'CREATE OR REPLACE FUNCTION "kaven_login"' in found.after
    assert migration(catalog, earlier, found.before, found.after) == ""
    same, own = protection_of(example_catalog()), doors_of(example_catalog(), "public")
    assert adapting(same, own, [earlier], gone=(), adds=True) is None


def test_tables_that_go(protected: DatabaseUrl) -> None:
    """In whatever order, though the policy of one asks the other."""
    text = re.sub(r"^model (Ticket|TicketComment) \{.*?^\}", "", EXAMPLE, flags=re.MULTILINE | re.DOTALL)
    text = "".join(line for line in text.splitlines(keepends=True) if "Ticket" not in line or "enum" in line)
    catalog, earlier = read_catalog(text, "5.17"), migration(example_catalog())
    gone = ('"tickets"', '"ticket_comments"')
    doors = doors_of(catalog, "public")
    found = adapting(protection_of(catalog), doors, [earlier], gone=gone, adds=False)
    assert found
    query(protected, found.before)
    query(protected, "ALTER TABLE ticket_comments DROP CONSTRAINT ticket_comments_ticket_id_fkey")
    drops = "".join(f"DROP TABLE {table};\n" for table in gone)
    query(protected, drops)
    assert migration(catalog, earlier, found.before, drops) == ""
    assert prove(protected, catalog, mutate=False).holds
