"""What the commands of `kaven backup` share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kaven_schema.config import Settings, load_settings
from kaven_schema.diagnostics import KavenError

if TYPE_CHECKING:
    from kaven_schema.database.target import Target
    from kaven_schema.keyring.ring import KeyRing
    from kaven_schema.operations.backup.catalogue import Backup, Catalogue
    from kaven_schema.operations.backup.manifest import Manifest
    from kaven_schema.operations.backup.proofs import Proof
    from kaven_schema.operations.backup.storage import Store

_UNITS = ("B", "kB", "MB", "GB", "TB")
_WHERE = "A folder, or s3://bucket/prefix.  [default: KAVEN_BACKUPS, else .kaven/backups]"

from_option = click.option("--from", "location", metavar="LOCATION", help=_WHERE)
to_option = click.option("--to", "location", metavar="LOCATION", help=_WHERE)
json_option = click.option("--json", "as_json", is_flag=True, help="Print as JSON.")


@dataclass(frozen=True, slots=True)
class Place:
    """The project, its store of backups, and the keys that are set."""

    settings: Settings
    store: Store
    keys: KeyRing | None

    def catalogue(self) -> Catalogue:
        from kaven_schema.operations.backup.catalogue import read_catalogue

        return read_catalogue(self.store, self.keys)


def open_place(location: str | None) -> Place:
    """Raises KavenError `backups_extra_missing`, and as `store_of` and `keys_of` do."""
    import gc

    from kaven_schema.operations.backup.place import keys_of, store_of

    gc.enable()  # unlike other commands, these may run for long
    if location == "":
        raise click.UsageError("the location is empty: name a folder or a bucket, or leave the option out")
    settings = load_settings(Path.cwd())
    return Place(settings, store_of(settings.root, location), keys_of(settings.root))


def backup_target(settings: Settings) -> Target:
    """The database, as whoever backs it up sees it."""
    return _target(settings, "backup")


def restore_target(settings: Settings) -> Target:
    """The database, as whoever may make and rename databases sees it: of the embedded one the superuser."""
    from dataclasses import replace

    target = _target(settings, "owner")
    if not target.is_embedded:
        return target
    from kaven_schema.database.embedded import EmbeddedServer
    from kaven_schema.database.embedded.credentials import read_credentials
    from kaven_schema.database.embedded.roles import SUPERUSER

    password = read_credentials(EmbeddedServer(settings.root).layout.credentials, (SUPERUSER,))[SUPERUSER]
    return replace(target, url=replace(target.url, user=SUPERUSER, password=password))


def _target(settings: Settings, role: str) -> Target:
    from kaven_schema.database.embedded.roles import Role
    from kaven_schema.database.target import find_target
    from kaven_schema.engines.progress import on_stderr

    return find_target(settings, Role(role), progress=on_stderr)


def size_shown(size: float) -> str:
    """`6.6 MB`"""
    for unit in _UNITS:
        if size < 1000 or unit == _UNITS[-1]:
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"


def counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"


def manifest_json(manifest: Manifest) -> dict[str, Any]:
    """What a program may want to know of a backup."""
    return {
        "name": manifest.name,
        "started": manifest.started.isoformat(timespec="seconds"),
        "finished": manifest.finished.isoformat(timespec="seconds"),
        "database": manifest.database.name,
        "server_version": manifest.server_version,
        "release": manifest.release or None,
        "migration": manifest.contents.migration or None,
        "tables": len(manifest.contents.tables),
        "rows": manifest.contents.rows,
        "stored_size": manifest.stored_size,
        "key": next((facts.key for facts in manifest.objects.values()), "") or None,
        "notes": list(manifest.notes),
    }


def backup_json(backup: Backup) -> dict[str, Any]:
    from kaven_schema.operations.backup.proofs import ProofKind

    proofs = {kind: backup.proof(kind) for kind in ProofKind}
    moments = {
        str(kind): proof.at.isoformat(timespec="seconds") if proof else None for kind, proof in proofs.items()
    }
    return {**manifest_json(backup.manifest), "trust": str(backup.trust), **moments}


def proof_json(proof: Proof) -> dict[str, Any]:
    from kaven_schema.operations.backup.proofs import as_json

    return as_json(proof)


def error_json(error: KavenError) -> dict[str, str]:
    return {"rule": error.rule, "message": error.message, "help": error.help}
