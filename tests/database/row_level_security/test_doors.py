"""Who sees what, with row-level security on and no tenant named: login finds its few columns, all else nothing."""

from __future__ import annotations

import psycopg
import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.url import DatabaseUrl
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")

ROWS = """\
INSERT INTO tenants (id, name, slug, "updatedAt") VALUES ('a', 'A', 'a', now()), ('b', 'B', 'b', now());
INSERT INTO users (id, email, password_hash, name, tenant_id, global_role, deleted_at, updated_at) VALUES
    ('u', 'u@example', 'hash', 'U', 'a', NULL, NULL, now()),
    ('gone', 'gone@example', 'hash', 'G', 'a', NULL, now(), now()),
    ('fresh', 'fresh@example', 'hash', 'F', NULL, NULL, NULL, now()),
    ('root', 'root@example', 'hash', 'R', NULL, 'SUPER_ADMIN', NULL, now());
INSERT INTO user_tenants (id, user_id, tenant_id, role) VALUES
    ('m1', 'u', 'a', 'TENANT_ADMIN'), ('m2', 'u', 'b', 'USER');
"""


@pytest.fixture
def app(protected: DatabaseUrl, shared_server: EmbeddedServer) -> DatabaseUrl:
    query(protected, ROWS)
    return shared_server.url(Role.APP).with_database(protected.database)


def test_login(app: DatabaseUrl) -> None:
    assert query(app, "SELECT * FROM kaven_login('u@example')") == [
        ("u", "a", "hash", False, False, None, None)
    ]
    assert query(app, "SELECT * FROM kaven_login('nobody@example')") == []
    assert query(app, "SELECT * FROM kaven_login('gone@example')") == []
    assert query(app, "SELECT global_role FROM kaven_login('root@example')") == [("SUPER_ADMIN",)]


def test_user_of_several_tenants_has_a_role_in_each(app: DatabaseUrl) -> None:
    roles = query(app, "SELECT * FROM kaven_memberships('u') ORDER BY 1")
    assert roles == [("a", "TENANT_ADMIN"), ("b", "USER")]
    with psycopg.connect(app.conninfo(), password=app.password) as connection:
        connection.execute("SELECT set_config('app.tenant_id', 'b', true)")
        assert connection.execute("SELECT id, role::text FROM user_tenants").fetchall() == [("m2", "USER")]
        connection.execute("UPDATE user_tenants SET role = 'TENANT_ADMIN' WHERE id = 'm2'")


def test_signed_up_without_a_tenant_means_nothing_at_all(app: DatabaseUrl) -> None:
    """Neither by having no tenant, nor by an empty one, is anybody a super admin."""
    for tenant in (None, "", "fresh", "NULL", "%"):
        with psycopg.connect(app.conninfo(), password=app.password) as connection:
            if tenant is not None:
                connection.execute("SELECT set_config('app.tenant_id', %s, true)", [tenant])
            for table in ("tenants", "users", "user_tenants", "invoices", "audit_logs"):
                assert connection.execute(f"SELECT * FROM {table}".encode()).fetchall() == []
                assert connection.execute(f"DELETE FROM {table}".encode()).rowcount == 0
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(
                    "INSERT INTO tenants (id, name, slug, \"updatedAt\") VALUES ('x', 'x', 'x', now())"
                )


@pytest.mark.parametrize(
    "sql",
    [
        "SET ROLE kaven_super_admin",
        "SET ROLE kaven_login",
        "SET ROLE kaven_authentication",
        "SET ROLE kaven_owner",
        "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
        "DROP POLICY kaven_tenant ON users",
        "TRUNCATE users CASCADE",
        "CREATE FUNCTION public.kaven_refuse_reference() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE OR REPLACE FUNCTION kaven_sees_users_id(key0 text) RETURNS boolean LANGUAGE sql RETURN true",
        "ALTER TABLE tickets DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "SET row_security = off; SELECT * FROM users",
    ],
)
def test_the_application_cannot_take_its_bonds_off(app: DatabaseUrl, sql: str) -> None:
    refusals = psycopg.errors.InsufficientPrivilege, psycopg.errors.DuplicateFunction
    with (
        psycopg.connect(app.conninfo(), password=app.password, autocommit=True) as connection,
        pytest.raises(refusals),
    ):
        connection.execute(sql.encode())


def test_references_are_not_misled_by_a_temporary_table(app: DatabaseUrl, protected: DatabaseUrl) -> None:
    query(
        protected,
        "INSERT INTO users (id, email, password_hash, name, tenant_id, updated_at)"
        " VALUES ('v', 'v@example', 'hash', 'V', 'b', now())",
    )
    ticket = "INSERT INTO tickets (id, tenant_id, subject, updated_at, assignee_id) VALUES (%s, 'a', 's', now(), %s)"
    with psycopg.connect(app.conninfo(), password=app.password) as connection:
        connection.execute("CREATE TEMPORARY TABLE users (id text)")
        connection.execute("INSERT INTO users VALUES ('v')")
        connection.execute("SELECT set_config('app.tenant_id', 'a', true)")
        connection.execute(ticket, ["t1", "u"])
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute(ticket, ["t2", "v"])


def test_super_admin_sees_all_and_backup_too(protected: DatabaseUrl, shared_server: EmbeddedServer) -> None:
    query(protected, ROWS)
    with psycopg.connect(protected.conninfo(), password=protected.password) as connection:
        connection.execute("SET ROLE kaven_super_admin")
        assert connection.execute("SELECT count(*) FROM users").fetchall() == [(4,)]
    backup = shared_server.url(Role.BACKUP).with_database(protected.database)
    assert query(backup, "SELECT count(*) FROM users") == [(4,)]
