"""The backups of a store, as their manifests and proofs tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.keyring.ring import KeyRing
from kaven_schema.operations.backup import manifest as manifests
from kaven_schema.operations.backup import proofs
from kaven_schema.operations.backup.documents import LARGEST, Document, Trust, from_bytes, invalid
from kaven_schema.operations.backup.manifest import DUMP, GLOBALS, MANIFEST, Manifest, is_backup_name
from kaven_schema.operations.backup.proofs import Proof, ProofKind
from kaven_schema.operations.backup.storage import Store, Stored

_CHUNK = 1 << 20
_OWN = (MANIFEST, DUMP, GLOBALS)
_GONE = "backup_object_missing"


@dataclass(frozen=True, slots=True)
class Backup:
    """One whole backup. Proofs are those that can be trusted as far as its manifest can."""

    manifest: Manifest
    trust: Trust
    proofs: tuple[Proof, ...]
    objects: tuple[Stored, ...]

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def database(self) -> str:
        return self.manifest.database.name

    def proof(self, kind: ProofKind) -> Proof | None:
        """The newest of its kind."""
        return max(
            (proof for proof in self.proofs if proof.kind is kind), key=lambda one: one.at, default=None
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`backups` from the oldest to the newest; `unreadable` manifests by their backup's name.

    `unfinished` are objects of ours without a manifest: a backup that is being written, or was not finished.
    """

    backups: tuple[Backup, ...]
    unreadable: tuple[tuple[str, KavenError], ...] = ()
    unfinished: tuple[Stored, ...] = field(default=())

    @property
    def newest(self) -> Backup | None:
        return self.backups[-1] if self.backups else None

    @property
    def newest_proof(self) -> Proof | None:
        """Of a restore."""
        found = (backup.proof(ProofKind.RESTORED) for backup in self.backups if backup.trust.is_enough)
        return max(filter(None, found), key=lambda one: one.at, default=None)

    @property
    def newest_backup_at(self) -> datetime | None:
        return self.newest.manifest.finished if self.newest else None

    @property
    def databases(self) -> tuple[str, ...]:
        """Of which there are backups, by name."""
        return tuple(sorted({backup.database for backup in self.backups}))

    def of(self, database: str) -> Catalogue:
        """What is damaged or not finished does not say of which database it is, and stays."""
        return replace(self, backups=tuple(backup for backup in self.backups if backup.database == database))


def read_catalogue(store: Store, keys: KeyRing | None) -> Catalogue:
    """Raises KavenError as the store does."""
    groups: dict[str, list[Stored]] = {}
    for stored in store.names():
        name, _, _ = stored.name.partition("/")
        if is_backup_name(name):
            groups.setdefault(name, []).append(stored)
    backups: list[Backup] = []
    unreadable: list[tuple[str, KavenError]] = []
    unfinished: list[Stored] = []
    for name, objects in groups.items():
        if not any(stored.name == f"{name}/{MANIFEST}" for stored in objects):
            unfinished += [stored for stored in objects if is_own(stored.name)]
            continue
        try:
            backups.append(_read(store, name, objects, keys))
        except KavenError as error:
            if error.rule == _GONE:  # somebody prunes
                continue
            if error.exit_code is not ExitCode.PROBLEMS:
                raise
            unreadable.append((name, error))
    backups.sort(key=lambda backup: (backup.manifest.finished, backup.name))
    return Catalogue(tuple(backups), tuple(unreadable), tuple(unfinished))


def newest_if_sealed(store: Store) -> str:
    """The name of the store's newest backup, if it was made with a key and no other of the same second without."""
    parts = (stored.name.partition("/") for stored in store.names())
    names = {name for name, _, rest in parts if rest == MANIFEST and is_backup_name(name)}
    for _, together in groupby(sorted(names, reverse=True), key=lambda name: name.partition("-")[0]):
        trusts = {name: trust for name in together if (trust := _trust_without_key(store, name))}
        if trusts:
            return next(iter(trusts)) if set(trusts.values()) == {Trust.UNCHECKED} else ""
    return ""


def _trust_without_key(store: Store, name: str) -> Trust | None:
    """None where its manifest cannot be read. Raises KavenError as the store does."""
    try:
        return _document(store, f"{name}/{MANIFEST}", None).trust
    except KavenError as error:
        if error.exit_code is not ExitCode.PROBLEMS and error.rule != _GONE:
            raise
        return None


def is_own(object_name: str) -> bool:
    """Whether we give such names: what else lies there is somebody else's."""
    name, _, rest = object_name.partition("/")
    folder, _, file = rest.partition("/")
    is_proof = folder == proofs.FOLDER and file.endswith(".json") and "/" not in file
    return is_backup_name(name) and (rest in _OWN or is_proof)


def _read(store: Store, name: str, objects: Sequence[Stored], keys: KeyRing | None) -> Backup:
    document = _document(store, f"{name}/{MANIFEST}", keys)
    manifest = manifests.from_json(document.content, name)
    return Backup(
        manifest, document.trust, tuple(_proofs(store, objects, document.trust, keys)), tuple(objects)
    )


def _proofs(store: Store, objects: Sequence[Stored], trust: Trust, keys: KeyRing | None) -> Iterator[Proof]:
    """Those that nobody else can have written; what is damaged proves nothing, and hides no backup."""
    for stored in objects:
        if f"/{proofs.FOLDER}/" not in stored.name:
            continue
        try:
            document = _document(store, stored.name, keys)
            proof = proofs.from_json(document.content, stored.name)
        except KavenError as error:
            if error.exit_code is not ExitCode.PROBLEMS and error.rule != _GONE:
                raise
            continue
        if document.trust is trust or document.trust is Trust.AUTHENTIC:
            yield proof


def _document(store: Store, name: str, keys: KeyRing | None) -> Document:
    parts, size = [], 0
    with store.reader(name) as source:
        while data := source.read(_CHUNK):
            size += len(data)
            if size > LARGEST:
                raise invalid(name, "is larger than any that kaven writes")
            parts.append(data)
    return from_bytes(b"".join(parts), name, keys)
