"""A database with rows in it, a folder for its backups, and what is needed to damage them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.embedded.credentials import read_credentials
from kaven_schema.database.embedded.roles import SUPERUSER, Role
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.keyring.keys import new_key, parse_keys
from kaven_schema.keyring.ring import KeyRing
from kaven_schema.operations.backup.catalogue import Backup, Catalogue, read_catalogue
from kaven_schema.operations.backup.creating import Purpose, create_backup
from kaven_schema.operations.backup.manifest import Manifest
from kaven_schema.operations.backup.proofs import Proof
from kaven_schema.operations.backup.proving import ProofOptions, prove_backup
from kaven_schema.operations.backup.restoring import Restored, RestoreOptions, restore_backup
from kaven_schema.operations.backup.storage import open_store
from kaven_schema.operations.backup.verifying import Verified, verify_backup
from tests.database.servers import query, superuser

MIGRATION = "20250101000000_kaven_init"
TABLES = """\
CREATE TYPE kind AS ENUM ('one', 'two');
CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL UNIQUE, kind kind NOT NULL DEFAULT 'one');
CREATE TABLE users (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, email varchar(100));
CREATE INDEX users_tenant ON users (tenant_id);
CREATE TABLE "_prisma_migrations" (id text, migration_name text, finished_at timestamptz, rolled_back_at timestamptz);
INSERT INTO "_prisma_migrations" VALUES ('1', '20250101000000_kaven_init', now(), NULL);
INSERT INTO tenants SELECT g, 'tenant ' || g FROM generate_series(1, 3) g;
INSERT INTO users SELECT g, 1 + g % 3, md5(g::text) FROM generate_series(1, 5000) g;
"""
USERS = 5000


class World:
    """One database and its store; `keys` hold for everything that is done."""

    def __init__(self, server: EmbeddedServer, owner: DatabaseUrl, root: Path) -> None:
        self.server = server
        self.owner = owner
        self.root = root
        self.folder = root / "backups"
        self.store = open_store(str(self.folder))
        self.keys: KeyRing | None = None
        password = read_credentials(server.layout.credentials, (SUPERUSER,))[SUPERUSER]
        self.superuser = replace(owner, user=SUPERUSER, password=password)
        self.reader = server.url(Role.BACKUP).with_database(owner.database)

    def fill(self, sql: str = TABLES) -> None:
        query(self.owner, sql)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return query(self.owner, sql)

    def create(self, url: DatabaseUrl | None = None) -> Manifest:
        return create_backup(url or self.reader, Purpose(store=self.store, keys=self.keys, may_be_empty=True))

    def catalogue(self) -> Catalogue:
        return read_catalogue(self.store, self.keys)

    def newest(self) -> Backup:
        found = self.catalogue().newest
        assert found is not None
        return found

    def verify(self) -> Verified:
        return verify_backup(self.store, self.keys, self.newest())

    def prove(self, schema: Path | None = None, migration: str = MIGRATION) -> Proof:
        schema = schema or self.root / "none"
        options = ProofOptions(root=self.root, schema=schema, dialect="5.17", migration=migration)
        return prove_backup(self.store, self.keys, self.newest(), options)

    def restore(self, options: RestoreOptions | None = None, url: DatabaseUrl | None = None) -> Restored:
        chosen = options or RestoreOptions(root=self.root)
        return restore_backup(url or self.superuser, self.store, self.keys, self.newest(), chosen)

    def databases(self) -> list[str]:
        """This one and those beside it."""
        found = query(self.superuser, "SELECT datname FROM pg_database ORDER BY 1")
        return [str(name) for (name,) in found if str(name).startswith(self.owner.database)]

    def path(self, short: str) -> Path:
        """An object of the newest backup."""
        return self.folder / self.newest().name / short

    def files(self) -> list[str]:
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(str(path.relative_to(self.folder)) for path in found)

    def edit_manifest(self, **changes: object) -> None:
        """As somebody does who can write to the store."""
        path = self.path("manifest.json")
        content = json.loads(path.read_bytes())
        for key, value in changes.items():
            part, _, last = key.rpartition("__")
            place = content
            for step in filter(None, part.split("__")):
                place = place[step]
            place[last] = value
        path.write_text(json.dumps(content), encoding="utf-8")


def key_ring(*ids: str) -> KeyRing:
    return parse_keys([new_key(id) for id in ids], "a test")


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def program(folder: Path, name: str, script: str, version: int = 16) -> None:
    """An executable of PostgreSQL's that does what the script says."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    says = f"{name} (PostgreSQL) {version}.1"
    file.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "{says}" && exit 0\n{script}\n', encoding="utf-8"
    )
    file.chmod(0o755)


@pytest.fixture
def empty_world(shared_server: EmbeddedServer, database: DatabaseUrl, tmp_path: Path) -> Iterator[World]:
    world = World(shared_server, database, tmp_path)
    yield world
    with superuser(shared_server) as connection:
        for name in world.databases() if _is_up(world) else ():
            if name != database.database:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def _is_up(world: World) -> bool:
    return world.server.running() is not None


@pytest.fixture
def world(empty_world: World) -> World:
    empty_world.fill()
    return empty_world


@pytest.fixture
def own_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs go before all others; those of the embedded server are linked into it."""
    from kaven_schema.database.embedded.binaries import program as embedded

    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("pg_dump", "pg_dumpall", "pg_restore"):
        script = f'exec {embedded(name)} "$@"'
        program(folder, name, script)
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), "/usr/bin", "/bin"]))
    return folder
