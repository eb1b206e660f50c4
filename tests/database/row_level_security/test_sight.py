"""Whether a role is known to see every row: what is said must be so, and what is advised must help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.row_level_security.sight import Hidden, find_hidden, hides_rows
from kaven_schema.database.url import DatabaseUrl
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")

KEPT_APART = """\
CREATE TABLE "Odd 'things" (id int, tenant text); INSERT INTO "Odd 'things" VALUES (1, 'a'), (2, 'b');
ALTER TABLE "Odd 'things" ENABLE ROW LEVEL SECURITY; ALTER TABLE "Odd 'things" FORCE ROW LEVEL SECURITY;
CREATE POLICY kaven_owner ON "Odd 'things" TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY kaven_tenant ON "Odd 'things" USING (tenant = current_setting('app.tenant_id', true));
GRANT SELECT ON "Odd 'things" TO kaven_app, kaven_backup"""


@contextmanager
def trying(url: DatabaseUrl, *statements: str) -> Iterator[psycopg.Connection]:
    """What is done is undone."""
    with (
        psycopg.connect(url.conninfo(), password=url.password, autocommit=True) as connection,
        connection.transaction(force_rollback=True),
    ):
        for statement in statements:
            connection.execute(statement.replace("ON t", """ON "Odd 'things\"""").encode())
        yield connection


@pytest.fixture
def things(database: DatabaseUrl, roles: None) -> DatabaseUrl:
    query(database, KEPT_APART)
    return database


def found(connection: psycopg.Connection) -> Hidden | None:
    row = connection.execute("""SELECT '"Odd ''things"'::regclass::oid""").fetchone()
    assert row
    hidden = find_hidden(connection, row[0])
    same = connection.execute(f"SELECT {hides_rows(str(row[0]))}".encode()).fetchone()
    assert same == (hidden is not None,)
    return hidden


READ_AND_WRITE = "CREATE POLICY r ON t FOR SELECT USING (true); CREATE POLICY w ON t FOR UPDATE USING (true)"
SEEING = [
    "SELECT 1",
    "ALTER POLICY kaven_owner ON t TO public",
    'DROP POLICY kaven_owner ON t; ALTER TABLE "Odd \'things" NO FORCE ROW LEVEL SECURITY',
    f"DROP POLICY kaven_owner ON t; {READ_AND_WRITE}",
    "CREATE POLICY narrow ON t AS RESTRICTIVE TO pg_monitor USING (false)",
    "CREATE POLICY narrow ON t AS RESTRICTIVE FOR INSERT WITH CHECK (false)",
]
PARTIAL = [
    "ALTER POLICY kaven_owner ON t USING (tenant = 'a')",
    "ALTER POLICY kaven_owner ON t WITH CHECK (tenant = 'a')",
    "ALTER POLICY kaven_owner ON t TO pg_monitor",
    "DROP POLICY kaven_owner ON t",
    "DROP POLICY kaven_owner ON t; CREATE POLICY kaven_owner ON t FOR SELECT USING (true)",
    "CREATE POLICY narrow ON t AS RESTRICTIVE USING (tenant = 'a')",
    "CREATE POLICY narrow ON t AS RESTRICTIVE FOR UPDATE TO CURRENT_USER USING (tenant = 'a')",
]


def test_owner(things: DatabaseUrl) -> None:
    for sql in SEEING:
        with trying(things, sql) as connection:
            assert found(connection) is None, sql
            assert connection.execute("""UPDATE "Odd 'things" SET id = id""").rowcount == 2, sql
    for sql in PARTIAL:
        with trying(things, sql) as connection:
            hidden = found(connection)
            assert hidden, sql
            assert hidden.message == """row-level security hides rows of "Odd 'things" from kaven_owner"""
            connection.execute(hidden.help.removeprefix("let it see every row: ").encode())
            assert found(connection) is None, sql


def test_others(things: DatabaseUrl, shared_server: EmbeddedServer) -> None:
    with trying(shared_server.url(Role.APP).with_database(things.database)) as connection:
        hidden = found(connection)
        assert hidden
        assert hidden.help == """connect as kaven_owner, who owns "Odd 'things\""""
    with trying(shared_server.url(Role.BACKUP).with_database(things.database)) as connection:
        assert found(connection) is None
