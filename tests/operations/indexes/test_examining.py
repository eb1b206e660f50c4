"""The indexes of real databases, with statistics that real queries made."""

from __future__ import annotations

import psycopg
import psycopg.conninfo
import pytest

from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.embedded.roles import SUPERUSER
from kaven_schema.database.migrations.folder import read_folder
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError, Severity
from kaven_schema.operations.indexes.examining import Examination, Limits, examine
from kaven_schema.operations.indexes.judging import Kind
from tests.database.servers import query, superuser
from tests.database.versions import server
from tests.rules.compiling import compile_texts

pytestmark = pytest.mark.xdist_group("postgres")

BASE = """\
model Tenant {
  id    String @id
  users User[]

  @@map("tenants")
}

model User {
  id       String @id
  tenantId String @map("tenant_id")
  email    String @unique
  tenant   Tenant @relation(fields: [tenantId], references: [id])

  @@index([email, tenantId])
  @@map("users")
}
"""
EXTENDED = r"""
model User {
  phone  String?
  mentor String? @map("mentor_id")

  /// @kaven.index([phone], where: "phone IS NOT NULL")
  @@index([phone], map: "by_phone")
  @@index([phone, email])
}
"""
TABLES = """
CREATE TABLE tenants (id text PRIMARY KEY);
CREATE TABLE users (id text PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants, email text NOT NULL,
    phone text, mentor_id text);
CREATE UNIQUE INDEX users_email_key ON users (email);
CREATE INDEX users_email_tenant_id_idx ON users (email, tenant_id);
CREATE INDEX users_phone_partial_idx ON users (phone) WHERE phone IS NOT NULL;
CREATE INDEX by_phone ON users (phone);
CREATE INDEX users_phone_email_idx ON users (phone, email);
INSERT INTO tenants SELECT 't' || n FROM generate_series(1, 10) n;
INSERT INTO users SELECT 'u' || n, 't' || 1 + n % 10, 'e' || n, 'p' || n FROM generate_series(1, 5000) n;
ANALYZE;
"""
USED = """
SET enable_seqscan = off;
SELECT * FROM users WHERE phone = 'p7' AND email = 'e7';
SELECT pg_stat_force_next_flush();
"""
CATALOG = compile_texts({"base.prisma": BASE, "extended.prisma": EXTENDED}).catalog


def look(url: DatabaseUrl, *, days: float = 0, mb: int = 10, **options: object) -> Examination:
    limits = Limits(days=days, bloat_bytes=mb * 2**20)
    return examine(url, CATALOG, limits, extended="extended.prisma", **options)  # type: ignore[arg-type]


def told(found: Examination) -> dict[tuple[Kind, str], str]:
    return {
        (one.trouble.kind, one.trouble.index.name if one.trouble.index else ""): one.help
        for one in found.findings
    }


def test_each_finding_has_its_line(database: DatabaseUrl) -> None:
    query(database, TABLES)
    query(database, USED)
    found = look(database)
    assert told(found) == {
        (Kind.UNINDEXED, ""): (
            "write `@@index([tenantId])` into `model User` in extended.prisma; then: kaven migrate dev"
        ),
        (Kind.REDUNDANT, "by_phone"): ('remove `@@index([phone], map: "by_phone")`; then: kaven migrate dev'),
        (Kind.UNUSED, "users_email_tenant_id_idx"): (
            "it is the vendor's: dropped here it would be drift, and the next release may count on it;"
            " tell the vendor"
        ),
        (Kind.UNUSED, "users_phone_partial_idx"): (
            'remove `/// @kaven.index([phone], where: "phone IS NOT NULL")`; then: kaven migrate dev'
        ),
    }
    scans = {index.name: index.scans for index in found.database.indexes}
    assert scans["users_phone_email_idx"] == 1
    assert [one.owner for one in found.findings] == ["developer", "developer", "vendor", "developer"]
    places = [one.as_json()["line"] for one in found.findings]
    assert places == [2, 7, 14, 6]
    assert not found.has_problems(strict=False)
    assert found.has_problems(strict=True)
    assert found.additions() == {"User": ("@@index([tenantId])",)}


def reset_counts(server: EmbeddedServer, database: DatabaseUrl) -> None:
    with superuser(server) as connection:
        password = connection.info.password
    conninfo = psycopg.conninfo.make_conninfo(database.conninfo(), user=SUPERUSER, password=password)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_reset()")


def test_declared_and_not_there(database: DatabaseUrl) -> None:
    extended = EXTENDED.replace("  @@index([phone, email])", "  @@index([tenantId])")
    catalog = compile_texts({"base.prisma": BASE, "extended.prisma": extended}).catalog
    query(database, TABLES)
    for where, found in (
        ("", "is declared, and the database lacks it"),
        ("gone", "write `@@index([tenantId])`"),
    ):
        if where:  # an index of that name that does not serve
            query(
                database, "CREATE INDEX users_tenant_id_idx ON users USING gin (to_tsvector('simple', email))"
            )
        (key,) = [
            one
            for one in examine(database, catalog, Limits(days=0), extended="extended.prisma").findings
            if one.trouble.key
        ]
        assert found in key.help


def test_too_young_since_the_counts_were_reset(database: DatabaseUrl, shared_server: EmbeddedServer) -> None:
    query(database, TABLES)
    reset_counts(shared_server, database)
    found = look(database, days=1)
    assert found.database.counting.was_reset
    assert found.database.counting.days < 1
    assert {index.name for index in found.unjudged} == {
        "users_email_tenant_id_idx",
        "users_phone_partial_idx",
    }
    assert "--min-days" in next(found.notes())


def test_an_index_is_as_young_as_its_migration(database: DatabaseUrl, tmp_path) -> None:
    query(database, TABLES)
    folder = tmp_path / "migrations" / "20250101000000_dev_phone"
    folder.mkdir(parents=True)
    (folder / "migration.sql").write_text('CREATE INDEX "users_phone_partial_idx" ON users (phone);')
    query(
        database,
        "CREATE TABLE _prisma_migrations (migration_name text, finished_at timestamptz, rolled_back_at"
        " timestamptz)",
    )
    query(database, "INSERT INTO _prisma_migrations VALUES ('20250101000000_dev_phone', now() + '1 hour')")
    found = look(database, migrations=read_folder(folder.parent))
    assert [index.name for index in found.unjudged] == ["users_phone_partial_idx"]


def test_broken_by_a_create_index_that_failed(database: DatabaseUrl) -> None:
    query(database, TABLES)
    with pytest.raises(psycopg.errors.UniqueViolation):
        query(database, "CREATE UNIQUE INDEX CONCURRENTLY once ON users (tenant_id)")
    (finding, *_) = look(database).findings
    assert (finding.trouble.kind, finding.severity) == (Kind.INVALID, Severity.ERROR)
    assert finding.sql == 'DROP INDEX CONCURRENTLY "public"."once";'
    query(database, finding.sql)
    assert not look(database).has_problems(strict=False)


def test_made_by_hand(database: DatabaseUrl) -> None:
    query(database, TABLES)
    query(database, "CREATE TABLE notes (tenant_id text REFERENCES tenants, at timestamptz)")
    query(database, "CREATE INDEX by_hand ON users (mentor_id DESC) WHERE mentor_id <> ''")
    query(database, "CREATE INDEX by_word ON users (lower(email)) WHERE phone IS NULL")
    found = look(database, days=30)
    helps = told(found)
    line = """/// @kaven.index([mentor(sort: Desc)], where: "mentor_id <> ''::text", map: "by_hand")"""
    assert line in helps[Kind.UNDECLARED, "by_hand"]
    assert "keep its statement in a migration" in helps[Kind.UNDECLARED, "by_word"]
    keys = {one.trouble.key.table: one for one in found.findings if one.trouble.key}
    assert keys["notes"].sql == 'CREATE INDEX CONCURRENTLY ON "public"."notes" ("tenant_id");'
    query(database, keys["notes"].sql)
    assert "notes" not in {one.trouble.key.table for one in look(database).findings if one.trouble.key}


def test_bloat(database: DatabaseUrl) -> None:
    """Every tenth row stays: a B-tree gives no page back that still holds one."""
    query(database, TABLES)
    query(database, "CREATE TABLE wide (id int PRIMARY KEY, word text)")
    query(database, "INSERT INTO wide SELECT n, md5(n::text) FROM generate_series(1, 40000) n")
    query(database, "CREATE INDEX wide_word ON wide (word)")
    query(database, "ANALYZE wide")
    limits = {"days": 30.0, "mb": 0}
    assert (Kind.BLOATED, "wide_word") not in told(look(database, **limits))  # type: ignore[arg-type]
    query(database, "DELETE FROM wide WHERE id % 10 > 0")
    query(database, "VACUUM ANALYZE wide")
    helps = told(look(database, **limits))  # type: ignore[arg-type]
    assert helps[Kind.BLOATED, "wide_word"] == 'REINDEX INDEX CONCURRENTLY "public"."wide_word";'
    query(database, helps[Kind.BLOATED, "wide_word"])
    assert (Kind.BLOATED, "wide_word") not in told(look(database, **limits))  # type: ignore[arg-type]


def test_any_role_may_look(database: DatabaseUrl, shared_server: EmbeddedServer) -> None:
    query(database, TABLES)
    app = shared_server.url(Role.APP).with_database(database.database)
    assert told(look(app)).keys() == told(look(database)).keys()


def test_without_a_schema(database: DatabaseUrl) -> None:
    query(database, TABLES)
    found = examine(database, None, Limits(days=0), extended="")
    (key,) = [one for one in found.findings if one.trouble.key]
    assert key.sql == 'CREATE INDEX CONCURRENTLY ON "public"."users" ("tenant_id");'
    assert {one.owner for one in found.findings} == {"nobody"}


def test_a_server_that_is_away(database: DatabaseUrl) -> None:
    away = DatabaseUrl(host="/nowhere", port="5432", user="u", password="", database="d")
    with pytest.raises(KavenError) as caught:
        look(away)
    assert caught.value.rule == "database_unreachable"


@pytest.mark.long
@pytest.mark.parametrize("version", [15, 17, 18])
def test_other_versions_and_pgstattuple(version: int) -> None:
    with server(version) as url:
        query(url, TABLES)
        query(url, "DELETE FROM users WHERE id NOT LIKE '%0'")
        query(url, "VACUUM ANALYZE users")
        estimated = look(url, mb=0, days=30)
        swollen = {
            one.trouble.index.name for one in estimated.findings if one.trouble.index and one.trouble.waste
        }
        assert "users_pkey" in swollen
        if version == 18:  # the wheel's server, which has no extensions
            return
        query(url, "CREATE EXTENSION pgstattuple")
        measured = [one.trouble for one in look(url, mb=0, days=30).findings if one.trouble.waste]
        assert all(one.is_measured for one in measured)
        assert "users_pkey" in {one.index.name for one in measured if one.index}
