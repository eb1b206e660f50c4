"""What of a store is a backup, and which one is meant."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.keyring.ring import KeyRing
from kaven_schema.operations.backup import manifest as manifests
from kaven_schema.operations.backup.catalogue import Catalogue, is_own, read_catalogue
from kaven_schema.operations.backup.choosing import LATEST, Wish, choose, database_meant
from kaven_schema.operations.backup.documents import Trust, to_bytes
from kaven_schema.operations.backup.manifest import (
    Contents,
    DatabaseFacts,
    Manifest,
    Outline,
    is_backup_name,
    new_name,
)
from kaven_schema.operations.backup.objects import ObjectFacts
from kaven_schema.operations.backup.proofs import Proof, ProofKind, record
from kaven_schema.operations.backup.pruning import plan_pruning, prune
from kaven_schema.operations.backup.retention import Rules
from kaven_schema.operations.backup.storage import Store, Stored, open_store
from kaven_schema.operations.backup.sweeping import forgotten
from tests.operations.backup.world import key_ring

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
EXAMPLE = Manifest(
    name="",
    started=NOW,
    finished=NOW,
    tool="kaven-schema 1",
    server_version=160014,
    dump_major=16,
    database=DatabaseFacts(
        name="ü",
        owner="o",
        encoding="UTF8",
        provider="libc",
        collate="C",
        ctype="C",
        locale="",
        grants=(("", "CONNECT", False), ("a", "CREATE", True)),
        settings=(("", "search_path", '"$user", public'),),
    ),
    contents=Contents(
        tables={"public.a": 1},
        outlines={"indexes": Outline(1, "00")},
        extensions={"plpgsql": "1.0"},
        roles=("o",),
        migration="m",
    ),
    release="2.0.0",
    objects={"database.dump": ObjectFacts(size=1, sha256="aa", stored_size=2, stored_sha256="bb", key="k")},
    notes=("one",),
)

HERE = Wish(where="here")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "backups"))


def write(store: Store, days_ago: int, keys: KeyRing | None = None, database: str = "a") -> str:
    """A backup that finished so long ago."""
    moment = NOW - timedelta(days=days_ago)
    manifest = replace(EXAMPLE, name=f"{moment:%Y%m%dT%H%M%SZ}-abcdef", started=moment, finished=moment)
    manifest = replace(manifest, database=replace(manifest.database, name=database))
    for short in ("database.dump", "manifest.json"):
        name = manifest.object_name(short)
        with store.writer(name) as sink:
            sink.write(to_bytes(manifests.as_json(manifest), name, keys.current if keys else None))
    return manifest.name


def prove(store: Store, name: str, days_ago: int, keys: KeyRing | None = None) -> None:
    proof = Proof(backup=name, kind=ProofKind.RESTORED, at=NOW - timedelta(days=days_ago), tool="t")
    record(store, proof, keys.current if keys else None)


def names(catalogue: Catalogue) -> list[str]:
    return [backup.name for backup in catalogue.backups]


def test_a_manifest_comes_back_as_it_was() -> None:
    name = "20261122T030000Z-abcdef"
    manifest = replace(EXAMPLE, name=name)
    content = json.loads(json.dumps(manifests.as_json(manifest)))
    assert manifests.from_json(content, name) == manifest


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "proof"},
        {"format": 0},
        {"name": "20261122T030000Z-000000"},
        {"started": "yesterday"},
        {"started": "2026-11-22T03:00:00"},
        {"objects": []},
        {"objects": {"database.dump": {"size": 1}}},
        {"contents": None},
        {"database": {"name": "a"}},
        {"server_version": "new"},
    ],
)
def test_a_manifest_that_is_none(change: dict[str, object]) -> None:
    name = "20261122T030000Z-abcdef"
    content = json.loads(json.dumps(manifests.as_json(replace(EXAMPLE, name=name)))) | change
    with pytest.raises(KavenError) as caught:
        manifests.from_json(content, name)
    assert caught.value.rule == "backup_document_invalid"
    assert caught.value.exit_code is ExitCode.PROBLEMS
    assert "Error" not in caught.value.message, "Python's own names help nobody"


def test_a_manifest_of_a_newer_kaven() -> None:
    with pytest.raises(KavenError) as caught:
        manifests.from_json({"kind": "backup", "format": 2}, "20261122T030000Z-abcdef")
    assert caught.value.rule == "backup_document_newer"
    assert "update kaven" in caught.value.help


def test_names() -> None:
    assert is_backup_name(new_name(NOW))
    assert new_name(NOW).startswith("20261122T030000Z-")
    assert not is_backup_name("20261122_before_one.dump")
    assert is_own("20261122T030000Z-abcdef/proofs/a.json")
    assert not any(map(is_own, ("20261122T030000Z-abcdef/mine.txt", "other/database.dump", "manifest.json")))


def test_from_the_oldest_to_the_newest(store: Store) -> None:
    made = [write(store, days) for days in (3, 1, 2)]
    with store.writer("somebody-elses/file") as sink:
        sink.write(b"x")
    catalogue = read_catalogue(store, None)
    assert names(catalogue) == [made[0], made[2], made[1]]
    assert catalogue.newest
    assert catalogue.newest.name == made[1]
    assert catalogue.newest_backup_at == NOW - timedelta(days=1)


def test_which_one_is_meant(store: Store) -> None:
    keys = key_ring("k1")
    trusted, forged = write(store, 2, keys), write(store, 1)
    catalogue = read_catalogue(store, keys)
    assert choose(catalogue, forged[:10], HERE).name == forged
    assert choose(catalogue, forged, HERE).trust is Trust.UNPROTECTED
    assert choose(catalogue, LATEST, replace(HERE, unprotected=True)).name == forged
    assert choose(catalogue, LATEST, replace(HERE, unchecked=True)).name == forged
    for name, rule in (("2026", "backup_ambiguous"), ("nothing", "backup_unknown")):
        assert refused(catalogue, name).rule == rule
    said = refused(catalogue, LATEST)
    assert said.rule == "backup_newest_untrusted", "neither it nor an older one is taken without a word"
    assert trusted in said.help
    assert (
        choose(read_catalogue(store, key_ring("k2")), LATEST, replace(HERE, unprotected=True)).name == forged
    )


def refused(catalogue: Catalogue, name: str, database: str = "") -> KavenError:
    with pytest.raises(KavenError) as caught:
        choose(catalogue, name, replace(HERE, database=database))
    return caught.value


def test_a_newest_that_is_damaged_is_no_older_one(store: Store) -> None:
    whole, damaged = write(store, 2), write(store, 1)
    with store.writer(f"{damaged}/manifest.json", replace=True) as sink:
        sink.write(b"")
    said = refused(read_catalogue(store, None), LATEST)
    assert said.rule == "backup_newest_unreadable"
    assert damaged in said.message
    assert whole in said.help
    store.remove([f"{whole}/manifest.json"])
    said = refused(read_catalogue(store, None), LATEST)
    assert said.rule == "backup_newest_unreadable"
    newest = write(store, 0)
    assert choose(read_catalogue(store, None), LATEST, HERE).name == newest, "the damaged one is older"


def test_a_store_of_two_databases(store: Store) -> None:
    mine, theirs = write(store, 2, database="mine"), write(store, 1, database="theirs")
    catalogue = read_catalogue(store, None)
    assert catalogue.databases == ("mine", "theirs")
    assert choose(catalogue, LATEST, replace(HERE, database="mine")).name == mine
    assert refused(catalogue, theirs, "mine").rule == "backup_other_database"
    assert refused(catalogue, LATEST, "another").rule == "backup_other_database"
    assert database_meant(catalogue, "mine") == "mine"
    assert database_meant(catalogue.of("mine"), "another") == ""
    with pytest.raises(KavenError) as caught:
        database_meant(catalogue, "another")
    assert caught.value.rule == "backup_databases"
    assert not plan_pruning(catalogue, Rules(keep_days=0), NOW).plan.remove, "each has its newest"


def test_a_damaged_manifest_hides_no_other(store: Store) -> None:
    whole, damaged = write(store, 2), write(store, 1)
    with store.writer(f"{damaged}/manifest.json", replace=True) as sink:
        sink.write(b"{")
    catalogue = read_catalogue(store, None)
    assert names(catalogue) == [whole]
    assert [name for name, _ in catalogue.unreadable] == [damaged]


class _Pruning:
    """A store from which somebody removes a backup between its names and its manifest."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name

    def __getattr__(self, attribute: str) -> object:
        return getattr(self._store, attribute)

    def names(self, prefix: str = "") -> list[Stored]:
        found = list(self._store.names(prefix))
        self._store.remove([stored.name for stored in found if stored.name.startswith(self._name)])
        return found


def test_a_backup_that_is_pruned_meanwhile(store: Store) -> None:
    gone, whole = write(store, 2), write(store, 1)
    catalogue = read_catalogue(_Pruning(store, gone), None)  # type: ignore[arg-type]
    assert names(catalogue) == [whole]
    assert catalogue.unreadable == ()


def test_a_damaged_proof_proves_nothing(store: Store) -> None:
    name = write(store, 1)
    prove(store, name, 0)
    assert read_catalogue(store, None).newest_proof
    (proof,) = [stored.name for stored in store.names() if "proofs" in stored.name]
    with store.writer(proof, replace=True) as sink:
        sink.write(b"{}")
    assert read_catalogue(store, None).newest_proof is None


def test_prune(store: Store) -> None:
    made = [write(store, days) for days in (40, 35, 2, 1)]
    prove(store, made[1], 30)
    done = prune(store, read_catalogue(store, None), Rules(), NOW)
    assert [held.name for held in done.plan.remove] == [made[0]]
    assert names(read_catalogue(store, None)) == made[1:]
    assert not [stored for stored in store.names() if stored.name.startswith(made[0])]


def test_prune_leaves_alone_what_it_cannot_judge(store: Store) -> None:
    keys, others = key_ring("k1"), key_ring("k2")
    old, foreign, plain = write(store, 50, keys), write(store, 49, others), write(store, 48)
    newest = write(store, 1, keys)
    with store.writer(f"{old}/mine.txt") as sink:
        sink.write(b"a note of mine")
    catalogue = read_catalogue(store, keys)
    assert plan_pruning(catalogue, Rules(), NOW).left == (foreign, plain)
    prune(store, catalogue, Rules(), NOW)
    assert names(read_catalogue(store, keys)) == [foreign, plain, newest]
    assert f"{old}/mine.txt" in [stored.name for stored in store.names()]


def test_what_is_forgotten() -> None:
    def stored(name: str, hours: int) -> Stored:
        return Stored(name, 1, NOW - timedelta(hours=hours))

    old, young, whole, theirs = (f"20261101T00000{number}Z-abcdef" for number in range(4))
    objects = [
        stored(f"{old}/database.dump", 30),
        stored(f"{young}/database.dump", 30),
        stored(f"{young}/globals.sql", 1),
        stored(f"{whole}/database.dump", 30),
        stored(f"{whole}/manifest.json", 30),
        stored(f"{theirs}/something.txt", 30),
        stored("else/database.dump", 30),
    ]
    assert forgotten(objects, NOW) == (f"{old}/database.dump",)
