"""After an update an empty database and one that lived through the release before are the same, and rows survive."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kaven_schema.database.url import DatabaseUrl
from kaven_schema.engines.schema_engine import Database, SchemaEngineSession
from tests.database.servers import database, query, shadow, shared_server
from tests.running import kaven

pytestmark = pytest.mark.xdist_group("postgres")
__all__ = ["database", "shadow", "shared_server"]

EXTENDED = """\
model User {
  company     String?
  /// had it first
  backupCodes Json?   @map("backup_codes")
  tickets     Ticket[]
}

model Ticket {
  id     String  @id @default(uuid())
  userId String? @map("user_id")
  user   User?   @relation(fields: [userId], references: [id])

  @@map("tickets")
}
"""


def run(root: Path, *arguments: str) -> None:
    done = kaven(*arguments, cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr


def test_empty_and_lived_in_are_the_same(
    tmp_path: Path, database: DatabaseUrl, shadow: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
):
    for name in ("DATABASE_URL", "SHADOW_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    run(tmp_path, "init", "--release", "1.0.0")
    with (tmp_path / "kaven.toml").open("a") as settings:
        settings.write("client = false\n")
    (tmp_path / "prisma" / "schema.extended.prisma").write_text(EXTENDED)
    monkeypatch.setenv("DATABASE_URL", str(database))
    monkeypatch.setenv("SHADOW_DATABASE_URL", str(shadow))
    run(tmp_path, "migrate", "dev", "--no-client")
    row = "INSERT INTO users (id, email, password_hash, name, company, backup_codes, updated_at)"
    query(database, f"{row} VALUES ('1', 'a@b', 'x', 'Ann', 'Acme', '[1]', now())")
    query(database, "INSERT INTO tickets (id, user_id) VALUES ('t', '1')")
    run(tmp_path, "update", "--adopt", "--yes")
    run(tmp_path, "migrate", "deploy")
    found = query(database, "SELECT name, company, backup_codes::text, email_verified FROM users")
    assert found == [("Ann", "Acme", "[1]", False)]
    assert query(database, "SELECT user_id FROM tickets") == [("1",)]

    query(shadow, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    monkeypatch.setitem(os.environ, "DATABASE_URL", str(shadow))
    run(tmp_path, "migrate", "deploy")
    with SchemaEngineSession.start() as engine:
        for one, other in ((database, shadow), (shadow, database)):
            assert engine.summary(Database(str(one)), Database(str(other))) == ""
