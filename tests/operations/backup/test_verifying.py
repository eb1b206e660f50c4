"""Every byte counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kaven_schema.operations.backup.documents import Trust
from kaven_schema.operations.backup.proofs import ProofKind
from tests.operations.backup.world import World, flip, key_ring

pytestmark = pytest.mark.xdist_group("postgres")


def rules(world: World) -> list[str]:
    return [problem.rule for problem in world.verify().problems]


def test_whole(world: World) -> None:
    world.create()
    assert world.verify().problems == ()
    assert [proof.kind for proof in world.newest().proofs] == [ProofKind.VERIFIED]
    assert world.catalogue().newest_proof is None, "only a restore proves a restore"


@pytest.mark.long
def test_only_the_last_record_is_kept(world: World) -> None:
    world.create()
    world.verify()
    proof = next(path for path in (world.folder / world.newest().name / "proofs").iterdir())
    content = proof.read_text(encoding="utf-8").replace("2026", "2020")
    proof.with_name(proof.name.replace("2026", "2020")).write_text(content, encoding="utf-8")
    world.verify()
    assert all("2020" not in path.name for path in proof.parent.iterdir())


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


@pytest.mark.long
@pytest.mark.parametrize("sealed", [False, True], ids=["plain", "sealed"])
@pytest.mark.parametrize("short", ["database.dump", "globals.sql"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: flip(path, 0),
        lambda path: flip(path, path.stat().st_size // 2),
        lambda path: flip(path, -1),
        cut,
        longer,
        lambda path: path.write_bytes(b""),
    ],
    ids=["first byte", "in the middle", "last byte", "a byte less", "a byte more", "nothing"],
)
def test_damage_is_seen(world: World, damage: Callable[[Path], object], short: str, sealed: bool) -> None:
    world.keys = key_ring("k1") if sealed else None
    world.create()
    damage(world.path(short))
    assert rules(world) == ["backup_object_corrupt"]
    assert world.newest().proofs == ()


def test_an_object_that_is_gone(world: World) -> None:
    world.create()
    world.path("database.dump").unlink()
    assert rules(world) == ["backup_object_missing"]


def test_a_dump_of_another_backup(world: World) -> None:
    """Who can only write to the store swaps two backups' dumps; the manifest does not fit any more."""
    world.keys = key_ring("k1")
    names = {world.create().name}
    world.query("DELETE FROM users")
    names.add(world.create().name)
    [other] = names - {world.newest().name}  # within one second, either may be the newest
    world.path("database.dump").write_bytes((world.folder / other / "database.dump").read_bytes())
    assert rules(world) == ["backup_object_corrupt"]


def test_the_wrong_key(world: World) -> None:
    world.keys = key_ring("k1")
    world.create()
    world.keys = key_ring("k2")
    assert world.newest().trust is Trust.UNCHECKED
    assert rules(world) == ["backup_key_unknown"]


@pytest.mark.long
def test_no_key(world: World) -> None:
    world.keys = key_ring("k1")
    world.create()
    world.keys = None
    assert rules(world) == ["backup_keys_missing"]


def test_a_rotated_key(world: World) -> None:
    ring = key_ring("k2", "k1")
    world.keys = type(ring)(ring.keys[1:])
    world.create()
    world.keys = ring
    assert world.verify().problems == ()
    assert world.newest().proofs[0].kind is ProofKind.VERIFIED


def test_a_dump_that_is_none(world: World) -> None:
    """Digests agree, for whoever wrote it wrote the manifest too; pg_restore does not know it."""
    from hashlib import sha256

    world.create()
    nonsense = b"no archive at all" * 1000
    world.path("database.dump").write_bytes(nonsense)
    digest = {"size": len(nonsense), "sha256": sha256(nonsense).hexdigest()}
    stored = {f"stored_{key}": value for key, value in digest.items()}
    world.edit_manifest(**{"objects__database.dump": {**digest, **stored, "key": ""}})
    assert rules(world) == ["backup_dump_unreadable"]
