"""What databases live through: an update, and the way back from one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.row_level_security.roles import make_embedded_roles
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.engines.schema_engine import Database, SchemaEngineSession, SchemaFiles
from tests.database.servers import database, query, shadow, shared_server
from tests.running import kaven
from tests.update.projects import migrations

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["database", "shadow", "shared_server"]

TICKETS = """\
model User {
  company String?
  tickets Ticket[]
}

enum Role {
  PARTNER
}

model Ticket {
  id     String  @id @default(uuid())
  userId String? @map("user_id")
  user   User?   @relation(fields: [userId], references: [id])

  @@map("tickets")
}
"""
ADOPTED = TICKETS.replace(
    "  tickets Ticket[]\n",
    '  tickets Ticket[]\n  /// had it first\n  backupCodes Json? @map("backup_codes")\n'
    '  emailVerified Boolean @default(false) @map("email_verified")\n\n  @@index([emailVerified])\n',
)
USERS = "INSERT INTO users (id, email, password_hash, name, company, updated_at) VALUES"
RENAMED = "20990101000000_dev_later"
NEW_COLUMNS = "email_verified, email_verified_at, two_factor_enabled, two_factor_secret, backup_codes"


class World(NamedTuple):
    """A project on 1.0.0 whose database has had its migrations, and another, empty database."""

    root: Path
    database: DatabaseUrl
    empty: DatabaseUrl
    environment: pytest.MonkeyPatch

    def run(self, *arguments: str, code: int = 0) -> str:
        done = kaven(*arguments, cwd=self.root)
        assert done.returncode == code, (done.returncode, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def starts_with(self, extended: str, *, later: bool = False) -> None:
        """`later` gives the developer's own migration a time behind every one that the vendor would give."""
        self.run("init", "--release", "1.0.0")
        with (self.root / "kaven.toml").open("a") as settings:
            settings.write("client = false\n")
        self.extend("")
        self.run("migrate", "dev", "--no-client")
        self.extend(extended)
        self.run("migrate", "dev", "--no-client", "--create-only")
        if later:
            own = self.root / "prisma" / "migrations" / migrations(self.root)[-1]
            own.rename(own.with_name(RENAMED))
        self.run("migrate", "deploy")

    def extend(self, text: str) -> None:
        (self.root / "prisma" / "schema.extended.prisma").write_text(text)

    def has_one_schema(self) -> None:
        """An empty database that all migrations were deployed to is the one that lived, and what the schema says."""
        query(self.empty, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        self.environment.setenv("DATABASE_URL", str(self.empty))
        self.run("migrate", "deploy")
        self.environment.setenv("DATABASE_URL", str(self.database))
        schema = SchemaFiles([("schema.prisma", (self.root / "prisma" / "schema.prisma").read_text())])
        lived, empty = Database(str(self.database)), Database(str(self.empty))
        with SchemaEngineSession.start() as engine:
            for one, other in ((lived, empty), (empty, lived), (lived, schema), (schema, empty)):
                assert engine.summary(one, other) == ""

    def has_applied(self) -> set[str]:
        rows = query(self.database, 'SELECT migration_name FROM "_prisma_migrations"')
        return {str(name) for (name,) in rows}


@pytest.fixture
def world(
    tmp_path: Path, database: DatabaseUrl, shadow: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> World:
    monkeypatch.setenv("DATABASE_URL", str(database))
    monkeypatch.setenv("SHADOW_DATABASE_URL", str(shadow))
    return World(tmp_path, database, shadow, monkeypatch)


# --- an update ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extended", "later"), [(TICKETS, True), (ADOPTED, False)], ids=["beside, dated later", "adopted"]
)
def test_an_empty_database_and_one_that_lived_are_the_same(world: World, extended: str, later: bool) -> None:
    world.starts_with(extended, later=later)
    query(world.database, f"{USERS} ('1', 'a@b', 'x', 'Ann', 'Acme', now())")
    query(world.database, "INSERT INTO tickets (id, user_id) VALUES ('t', '1')")
    if extended is ADOPTED:
        query(world.database, "UPDATE users SET backup_codes = '[1]', email_verified = true")
    before = migrations(world.root)
    world.run("update", "--adopt", "--yes")
    assert migrations(world.root)[:-1] == before
    assert "_kaven_" in migrations(world.root)[-1]
    world.run("migrate", "deploy")
    row = ("Ann", "Acme", "[1]", True) if extended is ADOPTED else ("Ann", "Acme", None, False)
    assert query(world.database, "SELECT name, company, backup_codes::text, email_verified FROM users") == [
        row
    ]
    assert query(world.database, "SELECT user_id FROM tickets") == [("1",)]
    world.has_one_schema()
    world.run("migrate", "status")


def test_a_break_that_was_accepted_moves_the_values(world: World, checkout: Path) -> None:
    world.starts_with(TICKETS)
    shutil.copytree(checkout / "releases", world.root / "vendor")
    shipped = checkout / "releases" / "2.0.0" / "schema.base.prisma"
    base = shipped.read_text().replace("twoFactorSecret ", "totpSecret ").replace("two_factor_s", "totp_s")
    (world.root / "three.prisma").write_text(base)
    (world.root / "three.sql").write_text(
        'ALTER TABLE "users" ADD COLUMN "totp_secret" TEXT;\n'
        'UPDATE "users" SET "totp_secret" = "two_factor_secret";\n'
        'ALTER TABLE "users" DROP COLUMN "two_factor_secret";\n'
    )
    how = ("--version", "3.0.0", "--after", "vendor", "--output", "vendor/3.0.0")
    world.run("release", "build", "three.prisma", *how, "--data-migration", "three.sql")
    (world.root / "kaven.toml").write_text('client = false\nreleases = "vendor"\n')
    world.run("update", "--to", "2.0.0", "--yes")
    world.run("migrate", "deploy")
    query(world.database, f"{USERS} ('1', 'a@b', 'x', 'Ann', 'Acme', now())")
    query(world.database, "UPDATE users SET two_factor_secret = 'sesame'")
    assert "vendor_field_same_name" in world.run("update", "--yes", code=1)
    with (world.root / "kaven.lock").open("a") as lock:
        lock.write('\n[[accepted]]\nrelease = "3.0.0"\nrule = "vendor_field_same_name"\n')
        lock.write('path = "User.twoFactorSecret"\nreason = "nothing of ours reads it"\n')
    world.run("update", "--yes")
    accept_all(world, migrations(world.root)[-1])
    world.run("migrate", "deploy")
    assert query(world.database, "SELECT totp_secret, company FROM users") == [("sesame", "Acme")]
    world.has_one_schema()
    assert "comes back empty" in world.run("rollback", "--database")
    assert "not what 2.0.0 needs (User.twoFactorSecret)" in world.run("rollback", "--yes")


def test_a_database_that_is_ahead_stops_the_update(world: World) -> None:
    world.starts_with(TICKETS)
    own = world.root / "prisma" / "migrations" / migrations(world.root)[-1]
    elsewhere = own.rename(world.root / own.name)
    before = migrations(world.root)
    found = json.loads(world.run("update", "--json", code=1))
    errors = [one for one in found["diagnostics"] if one["severity"] == "error"]
    assert [(one["rule"], own.name in one["message"]) for one in errors] == [("database_not_ahead", True)]
    assert found["state"] == "refused"
    world.run("update", "--check", code=1)
    assert migrations(world.root) == before
    assert 'release = "1.0.0"' in (world.root / "kaven.lock").read_text()
    elsewhere.rename(own)
    world.run("update", "--yes", "--database")
    world.run("migrate", "deploy")
    world.run("migrate", "status")


def test_a_database_that_does_not_count_is_not_asked(world: World) -> None:
    world.starts_with(TICKETS)
    own = world.root / "prisma" / "migrations" / migrations(world.root)[-1]
    own.rename(world.root / own.name)
    world.run("update", "--no-database")


def test_an_update_needs_no_database(world: World) -> None:
    world.run("init", "--release", "1.0.0")
    with (world.root / "kaven.toml").open("a") as settings:
        settings.write("client = false\n")
    world.environment.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert "database_unreachable" in world.run("update", "--database", code=3)
    assert 'release = "1.0.0"' in (world.root / "kaven.lock").read_text()
    assert "the database was not asked" in world.run("update")
    assert "the database was not asked" in world.run("rollback")
    world.environment.delenv("DATABASE_URL")
    assert "not asked" not in world.run("update")


def test_the_embedded_database_is_asked_where_it_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "SHADOW_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    server = EmbeddedServer(tmp_path)
    world = World(tmp_path, None, None, monkeypatch)  # type: ignore[arg-type]
    try:
        world.starts_with(TICKETS)
        own = world.root / "prisma" / "migrations" / migrations(world.root)[-1]
        elsewhere = own.rename(world.root / own.name)
        assert "database_not_ahead" in world.run("update", code=1)
        server.down()
        assert "kaven 2.0.0" in world.run("update", "--dry-run")
        assert server.running() is None
        assert "database_not_ahead" in world.run("update", "--dry-run", "--database", code=1)
        elsewhere.rename(own)
    finally:
        server.down()


# --- the way back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("extended", [TICKETS, ADOPTED], ids=["beside", "adopted"])
def test_what_a_database_has_had_stays_and_comes_only_once(world: World, extended: str) -> None:
    world.starts_with(extended)
    world.run("update", "--adopt", "--yes")
    world.run("migrate", "deploy")
    query(world.database, f"{USERS} ('1', 'a@b', 'x', 'Ann', 'Acme', now())")
    after = migrations(world.root)
    said = world.run("rollback", "--yes")
    assert f"{after[-1]} stays" in said
    assert migrations(world.root) == after
    assert (world.root / "prisma" / "schema.extended.prisma").read_text() == extended
    world.run("migrate", "status")
    # What runs on 1.0.0 goes on writing.
    query(world.database, f"{USERS} ('2', 'b@b', 'x', 'Bob', 'Acme', now())")
    world.run("update", "--adopt", "--yes")
    assert migrations(world.root) == after
    world.run("migrate", "status")
    world.has_one_schema()
    assert query(world.database, "SELECT count(*) FROM users") == [(2,)]


def test_what_no_database_has_had_goes(world: World) -> None:
    world.starts_with(TICKETS)
    before = migrations(world.root)
    world.run("update", "--yes")
    world.run("rollback", "--yes")
    assert migrations(world.root) == before
    world.run("migrate", "status")


def test_the_way_back_is_shown_and_not_run(world: World) -> None:
    world.starts_with(ADOPTED)
    world.run("update", "--adopt", "--yes")
    world.run("migrate", "deploy")
    before = migrations(world.root)
    script = world.run("rollback", "--database")
    assert "-- column users.two_factor_secret: loses its data; may stay" in script
    assert 'DROP COLUMN "two_factor_secret"' in script
    assert '"email_verified"' not in script  # the developer's own again
    assert '"backup_codes"' not in script
    found = json.loads(world.run("rollback", "--database", "--json"))
    assert found["loses"] == [
        f"column users.{name}" for name in ("email_verified_at", "two_factor_enabled", "two_factor_secret")
    ]
    assert migrations(world.root) == before
    assert 'release = "2.0.0"' in (world.root / "kaven.lock").read_text()
    query(world.database, "SELECT two_factor_secret FROM users")


@pytest.mark.parametrize("extended", [TICKETS, ADOPTED], ids=["beside", "adopted"])
def test_back_by_a_migration_that_one_deploys_oneself(world: World, extended: str) -> None:
    world.starts_with(extended)
    query(world.database, f"{USERS} ('1', 'a@b', 'x', 'Ann', 'Acme', now())")
    world.run("update", "--adopt", "--yes")
    world.run("migrate", "deploy")
    said = world.run("rollback", "--down-migration", "--yes")
    down = migrations(world.root)[-1]
    assert "_kaven_rollback_from_2_0_0" in down
    assert down in said
    assert down not in world.has_applied()
    assert "column_not_dropped" in world.run("migrate", "deploy", code=1)
    assert down not in world.has_applied()
    accept_all(world, down)
    world.run("migrate", "deploy")
    world.run("migrate", "status")
    world.has_one_schema()
    world.run("update", "--adopt", "--yes")
    assert len([name for name in migrations(world.root) if name.endswith("_kaven_add_2fa")]) == 2
    world.run("migrate", "deploy")
    world.has_one_schema()
    assert query(world.database, "SELECT name, company, email_verified FROM users") == [
        ("Ann", "Acme", False)
    ]


def test_what_the_way_back_leaves_is_not_made_twice(world: World) -> None:
    world.starts_with(TICKETS)
    world.run("update", "--yes")
    world.run("migrate", "deploy")
    world.run("rollback", "--down-migration", "--yes")
    down = migrations(world.root)[-1]
    script = world.root / "prisma" / "migrations" / down / "migration.sql"
    script.write_text('ALTER TABLE "users" DROP COLUMN "two_factor_secret";\n')
    accept_all(world, down)
    world.run("migrate", "deploy")
    world.run("update", "--yes")
    again = (world.root / "prisma" / "migrations" / migrations(world.root)[-1] / "migration.sql").read_text()
    assert '"two_factor_secret"' in again
    assert 'ADD COLUMN     "backup_codes"' not in again
    world.run("migrate", "deploy")
    world.has_one_schema()


def accept_all(world: World, migration: str) -> None:
    entry = '[[break]]\nmigration = "{}"\nrule = "{}"\nreason = "we go back"\nexpires = 2999-12-31\n\n'
    found = json.loads(world.run("migrate", "deploy", "--json", code=1))
    rules = {one["rule"] for one in found["diagnostics"] if one["severity"] == "error"}
    path = world.root / "prisma" / "migrations" / "accepted-breaks.toml"
    path.write_text("".join(entry.format(migration, rule) for rule in sorted(rules)))


PROTECTED = TICKETS.replace("  userId String?", "  tenantId String\n  userId String?")


def test_back_where_row_level_security_names_what_goes(world: World, shared_server: EmbeddedServer) -> None:
    make_embedded_roles(shared_server)
    world.starts_with(PROTECTED)
    world.run("update", "--yes")
    world.run("migrate", "deploy")
    world.run("rls")
    world.run("migrate", "deploy")
    query(world.database, f"{USERS} ('1', 'a@b', 'x', 'Ann', 'Acme', now())")
    world.run("rollback", "--down-migration", "--yes")
    accept_all(world, migrations(world.root)[-1])
    world.run("migrate", "deploy")
    login = "SELECT password_hash, two_factor_secret FROM kaven_login('a@b')"
    assert query(world.database, login) == [("x", None)]
    assert "nothing to write" in world.run("rls")
    assert "as they must" in world.run("rls", "verify", "--no-mutate")
