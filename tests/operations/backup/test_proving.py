"""A backup is proved by restoring it; a proof that proves nothing must not come about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.backup.proofs import Proof, ProofKind, record
from kaven_schema.operations.backup.proving import proof_problem
from kaven_schema.operations.backup.scratch import server_programs
from tests.database.servers import query
from tests.operations.backup.world import USERS, World, key_ring, program

pytestmark = pytest.mark.xdist_group("postgres")
MONTH = timedelta(days=31)
EXAMPLE = Proof(backup="", kind=ProofKind.RESTORED, at=datetime.now(UTC), tool="t")

SCHEMA = """\
enum Kind {
  one
  two

  @@map("kind")
}

model Tenant {
  id    Int    @id
  name  String @unique
  kind  Kind   @default(one)
  users User[]

  @@map("tenants")
}

model User {
  id       Int     @id
  tenantId Int     @map("tenant_id")
  email    String? @db.VarChar(100)
  tenant   Tenant  @relation(fields: [tenantId], references: [id])

  @@index([tenantId])
  @@map("users")
}
"""


def failed(world: World, rule: str) -> KavenError:
    with pytest.raises(KavenError) as caught:
        world.prove()
    assert caught.value.rule == rule, caught.value.message
    assert world.catalogue().newest_proof is None
    assert leftovers(world) == []
    return caught.value


def leftovers(world: World) -> list[Path]:
    """Data in the clear, on the disk of whoever tested."""
    state = world.root / ".kaven"
    return [path for name in ("backup-test", "restoring") for path in (state / name).glob("*")]


def test_a_proof(world: World) -> None:
    world.create()
    schema = world.root / "schema.prisma"
    schema.write_text(SCHEMA, encoding="utf-8")
    proof = world.prove(schema)
    assert (proof.kind, proof.server_version, proof.tables, proof.rows) == (
        ProofKind.RESTORED,
        16,
        3,
        USERS + 4,
    )
    assert proof.queries == 2
    assert proof.seconds.keys() == {"restore", "compare", "whole"}
    assert world.catalogue().newest_proof == proof_in_store(world)
    assert leftovers(world) == []


def test_a_schema_that_is_newer_than_the_backup(world: World) -> None:
    """What a later migration has added is in no earlier backup; that is no fault of the backup."""
    world.create()
    schema = world.root / "schema.prisma"
    schema.write_text(SCHEMA.replace('@map("tenant_id")', '@map("owner_id")'), encoding="utf-8")
    proof = world.prove(schema, migration="20260101000000_later")
    assert proof.queries == 0
    assert "20260101000000_later" in proof.note
    assert world.newest().proofs[0].note == proof.note


def proof_in_store(world: World) -> object:
    return world.newest().proof(ProofKind.RESTORED)


@pytest.mark.long
def test_a_model_that_the_backup_lacks(world: World) -> None:
    world.create()
    schema = world.root / "schema.prisma"
    schema.write_text(SCHEMA.replace('@map("tenant_id")', '@map("owner_id")'), encoding="utf-8")
    with pytest.raises(KavenError, match=r"model User: column .*owner_id.* does not exist"):
        world.prove(schema)


@pytest.mark.long
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"contents__tables__public.users": USERS + 1},
            f"public.users has {USERS} rows, the backup {USERS + 1}",
        ),
        ({"contents__tables__public.more": 7}, "public.more is missing, with 7 rows"),
        ({"contents__outlines__constraints__count": 5}, "constraints: 4, the backup has 5"),
        ({"contents__outlines__indexes__sha256": "0" * 64}, "indexes: other ones, the backup has 4"),
        ({"contents__migration": "later"}, "is 20250101000000_kaven_init, in the backup it is later"),
    ],
    ids=["rows", "a table", "constraints", "indexes", "migration"],
)
def test_what_differs(world: World, changes: dict[str, object], said: str) -> None:
    world.create()
    world.edit_manifest(**changes)
    assert said in failed(world, "backup_restore_differs").message


def test_pg_restore_fails(world: World, own_programs: Path) -> None:
    world.create()
    program(own_programs, "pg_restore", "echo 'pg_restore: error: could not execute query' >&2; exit 1")
    assert "could not execute query" in failed(world, "backup_restore_failed").message


@pytest.mark.long
def test_an_extension_that_no_server_here_has(world: World) -> None:
    world.create()
    world.edit_manifest(contents__extensions={"plpgsql": "1.0", "no_such_extension": "2"})
    assert "no_such_extension" in failed(world, "backup_extension_missing").message


@pytest.mark.long
def test_of_a_newer_major(world: World) -> None:
    """The package brings PostgreSQL 18, too; of 99 there is none."""
    world.create()
    world.edit_manifest(server_version=180000)
    assert world.prove().server_version == 18
    world.edit_manifest(server_version=990000)
    with pytest.raises(KavenError) as caught:
        world.prove()
    assert caught.value.rule == "backup_server_missing"


@pytest.mark.long
def test_roles_are_made_there(world: World) -> None:
    query(world.superuser, "CREATE ROLE backup_test_reader; GRANT SELECT ON users TO backup_test_reader")
    try:
        manifest = world.create()
        assert "backup_test_reader" in manifest.contents.roles
        assert world.prove().rows == manifest.contents.rows
    finally:
        query(world.superuser, "DROP OWNED BY backup_test_reader; DROP ROLE backup_test_reader")


@pytest.mark.long
def test_a_locale_that_this_machine_lacks(world: World) -> None:
    world.create()
    world.edit_manifest(database__collate="xx_XX.utf8", database__ctype="xx_XX.utf8")
    assert world.prove().rows == USERS + 4


def test_without_the_key(world: World) -> None:
    world.keys = key_ring("k1")
    world.create()
    world.keys = key_ring("k2")
    failed(world, "backup_key_unknown")


def test_made_without_a_key(world: World) -> None:
    world.create()
    world.keys = key_ring("k1")
    assert "--unprotected" in failed(world, "backup_unprotected").help


@pytest.mark.long
def test_a_proof_of_somebody_else(world: World) -> None:
    """Who can only write to the store cannot make a backup look proved."""
    world.create()
    world.prove()
    (proof,) = (world.folder / world.newest().name / "proofs").iterdir()
    world.keys = key_ring("k1")
    later = world.create()
    forged = proof.read_text(encoding="utf-8").replace(proof.parent.parent.name, later.name)
    target = world.folder / later.name / "proofs" / proof.name
    target.parent.mkdir()
    target.write_text(forged, encoding="utf-8")
    assert world.newest().name == later.name
    assert world.newest().proofs == ()


@pytest.mark.long
def test_a_killed_test_is_cleared_away(world: World) -> None:
    world.create()
    left = world.root / ".kaven" / "backup-test" / "test-left"
    (left / "data").mkdir(parents=True)
    (left / "data" / "secrets").write_text("rows", encoding="utf-8")
    world.prove()
    assert leftovers(world) == []


def test_monitoring(empty_world: World) -> None:
    now = datetime.now(UTC)
    world = empty_world
    assert proof_problem(world.catalogue(), MONTH, now) == "there is no backup"
    world.create()
    assert "ever restored" in proof_problem(world.catalogue(), MONTH, now)
    world.prove()
    catalogue = world.catalogue()
    assert proof_problem(catalogue, MONTH, now) == ""
    assert proof_problem(catalogue, MONTH, now + timedelta(days=30)) == ""
    assert "is 32 days old" in proof_problem(catalogue, MONTH, now + timedelta(days=32, hours=1))
    assert "clocks is wrong" in proof_problem(catalogue, MONTH, now - timedelta(days=2))
    world.path("manifest.json").write_bytes(b"")
    assert "cannot be read" in proof_problem(world.catalogue(), MONTH, now)


def test_monitoring_without_the_key(world: World) -> None:
    now = datetime.now(UTC)
    world.keys = key_ring("k1")
    world.create()
    record(world.store, replace(EXAMPLE, backup=world.newest().name, at=now), world.keys.current)
    assert proof_problem(world.catalogue(), MONTH, now) == ""
    world.keys = None
    assert "cannot be checked without the key" in proof_problem(world.catalogue(), MONTH, now)


def test_servers_that_are_here() -> None:
    found = server_programs(16)
    assert [programs.major for programs in found] == sorted(programs.major for programs in found)
    assert {16, 18} <= {programs.major for programs in found}
