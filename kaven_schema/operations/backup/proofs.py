"""That a backup was read whole, or restored: objects of their own beside the manifest, which nothing rewrites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from kaven_schema.keyring.ring import Key
from kaven_schema.operations.backup.documents import invalid, to_bytes
from kaven_schema.operations.backup.manifest import check_format, moment_of, reading
from kaven_schema.operations.backup.storage import Store

FOLDER = "proofs"
_FORMAT = 1


class ProofKind(StrEnum):
    """`VERIFIED`: every byte is what was written. `RESTORED`: a server took it, and held what the manifest says."""

    VERIFIED = "verified"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`seconds` is what it took, by step; `server_version` that of the server it was restored on, else 0;
    `note` says what was not asked, and why.
    """

    backup: str
    kind: ProofKind
    at: datetime
    tool: str
    seconds: Mapping[str, float] = field(default_factory=dict)
    server_version: int = 0
    tables: int = 0
    rows: int = 0
    queries: int = 0
    note: str = ""

    @property
    def object_name(self) -> str:
        return f"{self.backup}/{FOLDER}/{self.at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{self.kind}.json"


def as_json(proof: Proof) -> dict[str, Any]:
    return {"format": _FORMAT} | asdict(proof) | {"at": proof.at.isoformat(timespec="seconds")}


def from_json(content: Mapping[str, Any], object_name: str) -> Proof:
    """Raises KavenError `backup_document_invalid`."""
    facts = {key: value for key, value in content.items() if key != "format"}
    check_format(content, _FORMAT, object_name)
    proof = reading(
        object_name,
        lambda: Proof(**{**facts, "kind": ProofKind(facts["kind"]), "at": moment_of(facts["at"])}),
    )
    if proof.object_name != object_name:
        raise invalid(object_name, f"belongs to {proof.object_name}")
    return proof


def record(store: Store, proof: Proof, key: Key | None) -> None:
    """Write it, and only then remove older ones of its kind."""
    raw = to_bytes(as_json(proof), proof.object_name, key)
    with store.writer(proof.object_name, replace=True) as sink:
        sink.write(raw)
    prefix = f"{proof.backup}/{FOLDER}/"
    older = [
        found.name
        for found in store.names(prefix)
        if found.name.endswith(f"-{proof.kind}.json") and found.name < proof.object_name
    ]
    if older:
        store.remove(older)
