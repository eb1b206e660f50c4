"""`kaven rls verify` as a function: it holds on what `kaven rls` wrote, and on nothing less."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from kaven_schema.client.tenant.metadata import read_catalog
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.row_level_security.proving import prove
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from tests.database.row_level_security.protecting import example_catalog, migration
from tests.database.servers import query, superuser

pytestmark = pytest.mark.xdist_group("postgres")

SCHOOL = Path(__file__).parents[2] / "services" / "tenancy" / "fixtures" / "school.prisma"
ALWAYS = 'CREATE POLICY "{0}" ON orders USING (true) WITH CHECK (true)'
HOLES = {
    "off": "ALTER TABLE orders DISABLE ROW LEVEL SECURITY",
    "not forced": "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY",
    "no policy": "DROP POLICY kaven_tenant ON order_items",
    "wide open": "ALTER POLICY kaven_tenant ON order_items USING (true)",
    "writes anything": "ALTER POLICY kaven_tenant ON orders WITH CHECK (true)",
    "everybody without a tenant": (
        "ALTER POLICY kaven_tenant ON orders USING (coalesce(current_setting('app.tenant_id', true), '') IN"
        " ('', tenant_id))"
    ),
    "an error without a tenant": (
        "ALTER POLICY kaven_tenant ON orders USING (length(tenant_id) / length(current_setting('app.tenant_id')) > 0)"
    ),
    "another policy": ALWAYS.format("open"),
    "for one role": 'CREATE POLICY "open" ON orders FOR SELECT TO kaven_app USING (true)',
    "references anything": "DROP TRIGGER kaven_reference_tickets_assignee_id_update ON tickets",
    "no door": "DROP FUNCTION kaven_login(text)",
    "a door that sees nobody": "DROP POLICY kaven_login ON users",
    "no super admin": "DROP POLICY kaven_super_admin ON users",
    "an owner who sees nothing": "DROP POLICY kaven_owner ON users",
    "truncates": "GRANT TRUNCATE ON orders TO kaven_app",
    "inserts references": "DROP TRIGGER kaven_reference_tickets_assignee_id_insert ON tickets",
    "authentication shut out": "DROP POLICY kaven_authentication ON refresh_tokens",
    "authentication reads orders": "GRANT SELECT ON orders TO kaven_authentication",
    "authentication reads a column": "GRANT SELECT (total) ON orders TO kaven_authentication",
    "authentication reads the log": "GRANT SELECT ON audit_logs TO kaven_authentication",
    "authentication reads what is nobody's": "CREATE TABLE ours (id int); GRANT SELECT ON ours TO PUBLIC",
    "authentication deletes users": "GRANT DELETE ON users TO kaven_authentication",
    "a view": "CREATE VIEW seen AS SELECT * FROM orders",
    "a view of a view": (
        "CREATE VIEW inner_view AS SELECT * FROM orders; REVOKE ALL ON inner_view FROM kaven_app;"
        " CREATE VIEW seen AS SELECT id FROM inner_view"
    ),
    "a materialized view": "CREATE MATERIALIZED VIEW seen AS SELECT id FROM orders",
    "a part of a table": "CREATE TABLE old_orders () INHERITS (orders)",
    "anybody appoints": "DROP TRIGGER kaven_global_role_update ON users",
    "anybody signs up as super admin": "DROP TRIGGER kaven_global_role_insert ON users",
}


def test_holds(protected: DatabaseUrl) -> None:
    proof = prove(protected, example_catalog())
    assert proof.holds, [*proof.lines()]
    tables = {attempt.table for attempt in proof.attempts}
    cases = Counter((one.operation, one.case) for one in proof.attempts)
    assert len(tables) == 13
    for operation in ("select", "insert", "update", "delete"):
        for case in ("own", "other", "none", "after pooled reuse"):
            assert cases[operation, case] == len(tables)
    assert len(proof.mutations) > 4 * len(tables)
    assert any("users (email)" in note for note in proof.notes)
    assert query(protected, "SELECT count(*) FROM tenants") == [(0,)]


@pytest.mark.parametrize("hole", HOLES)
def test_holes_are_found(protected: DatabaseUrl, hole: str) -> None:
    query(protected, HOLES[hole])
    assert not _holds(protected)


def _holds(url: DatabaseUrl) -> bool:
    try:
        return prove(url, example_catalog(), mutate=False).holds
    except KavenError as error:
        return error.rule not in ("row_security_proof_failed", "row_security_sample_refused")


def test_role_that_goes_round_policies(protected: DatabaseUrl, shared_server: EmbeddedServer) -> None:
    with superuser(shared_server) as connection:
        connection.execute("ALTER ROLE kaven_app BYPASSRLS")
        try:
            assert not prove(protected, example_catalog(), mutate=False).holds
        finally:
            connection.execute("ALTER ROLE kaven_app NOBYPASSRLS")


@pytest.mark.parametrize("other", ["kaven_app", "kaven_super_admin", "pg_write_server_files"])
def test_role_that_may_become_another(
    protected: DatabaseUrl, shared_server: EmbeddedServer, other: str
) -> None:
    with superuser(shared_server) as connection:
        connection.execute(f"GRANT {other} TO kaven_authentication".encode())
        try:
            found = prove(protected, example_catalog(), mutate=False).problems
        finally:
            connection.execute(f"REVOKE {other} FROM kaven_authentication".encode())
    assert f"kaven_authentication is a member of {other}, and reaches what that does" in found


def test_log_that_is_only_added_to(protected: DatabaseUrl) -> None:
    """By privilege, or by the trigger: it is no hole, and its other safeguards are proved all the same."""
    from kaven_schema.services.audit import append_only_script

    for script in (
        "REVOKE UPDATE, DELETE ON audit_logs FROM kaven_app",
        append_only_script(),
        "GRANT UPDATE, DELETE ON audit_logs TO kaven_app",
    ):
        query(protected, script)
        proof = prove(protected, example_catalog())
        assert proof.holds, (script, [*proof.lines()])
    query(protected, "DROP TRIGGER kaven_reference_audit_logs_user_id_insert ON audit_logs")
    assert not _holds(protected)


def test_what_is_no_way_round(protected: DatabaseUrl) -> None:
    query(
        protected,
        "CREATE VIEW seen WITH (security_invoker = true) AS SELECT * FROM orders;"
        "CREATE VIEW hidden AS SELECT * FROM orders; REVOKE ALL ON hidden FROM kaven_app;"
        "CREATE VIEW constant AS SELECT 1 AS one;"
        "CREATE FUNCTION total() RETURNS bigint LANGUAGE sql SECURITY DEFINER RETURN (SELECT count(*) FROM orders)",
    )
    proof = prove(protected, example_catalog(), mutate=False)
    assert [one for one in proof.problems if "reads tenants' rows" in one] == []
    assert any("kaven_app may call total(), which sees what kaven_owner sees" in note for note in proof.notes)
    query(protected, "ALTER VIEW seen RESET (security_invoker)")
    (problem,) = prove(protected, example_catalog(), mutate=False).problems
    assert problem.startswith("kaven_app reads tenants' rows through the view seen, as its owner")


def test_rows_that_are_there_stay(protected: DatabaseUrl) -> None:
    query(protected, "INSERT INTO tenants (id, name, slug, \"updatedAt\") VALUES ('t', 'n', 's', now())")
    assert prove(protected, example_catalog()).holds
    assert query(protected, "SELECT id FROM tenants") == [("t",)]


def test_another_schema(shared_server: EmbeddedServer, roles: None) -> None:
    """Numbers, join tables, keys of two columns, and what is everybody's."""
    from tests.services.project import make_tables

    text = SCHOOL.read_text(encoding="utf-8").replace(
        "/// Nobody has said whose", "/// @kaven.global\n/// So"
    )
    catalog = read_catalog(text, "5.17")
    with superuser(shared_server) as connection:
        connection.execute("DROP DATABASE IF EXISTS rls_school WITH (FORCE)")
    make_tables(shared_server, SCHOOL, "rls_school")
    url = shared_server.url(Role.OWNER).with_database("rls_school")
    query(url, migration(catalog))
    proof = prove(url, catalog)
    assert proof.holds, [*proof.lines()]
    assert {one.table for one in proof.attempts} == {
        *("Tenant", "Pupil", "Course", "Grade", "Badge", "_CourseToPupil")
    }


def test_what_cannot_be_tried(database: DatabaseUrl, protected: DatabaseUrl) -> None:
    with pytest.raises(KavenError) as missing:
        prove(database, example_catalog())
    assert missing.value.rule == "row_security_table_missing"
    query(protected, "ALTER TABLE orders ADD CHECK (total > 1000000)")
    with pytest.raises(KavenError) as refused:
        prove(protected, example_catalog())
    assert refused.value.rule == "row_security_sample_refused"
