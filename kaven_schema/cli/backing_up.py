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
of_option = click.option(
    "--of", "database", default="", metavar="DATABASE", help="Whose backups.  [default: the database in use]"
)
embedded_option = click.option("--embedded", is_flag=True, help="The embedded PostgreSQL, made if need be.")
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

    def find(self, name: str, database: str, *, unprotected: bool = False, unchecked: bool = False) -> Backup:
        """By name or `latest`; the newest is that of `database`, or of the one in use where that is empty.

        Raises KavenError as `choose`, `database_meant` and `given_url` do.
        """
        from kaven_schema.operations.backup.choosing import LATEST, Wish, choose

        catalogue = self.catalogue()
        meant = self.database_meant(catalogue) if name == LATEST and not database else database
        wish = Wish(where=self.store.url, database=meant, unprotected=unprotected, unchecked=unchecked)
        return choose(catalogue, name, wish)

    def database_meant(self, catalogue: Catalogue) -> str:
        """That of the project, which is not asked for anything; empty where the store has those of one only."""
        from kaven_schema.database.embedded import DATABASE, EmbeddedServer
        from kaven_schema.database.target import given_url
        from kaven_schema.operations.backup.choosing import database_meant

        if len(catalogue.databases) < 2:
            return ""
        given = given_url(self.settings)
        embedded = DATABASE if EmbeddedServer(self.settings.root).exists else ""
        return database_meant(catalogue, given.url.database if given else embedded)


def open_place(location: str | None) -> Place:
    """The dumps that killed restores left are gone then.

    Raises KavenError `backups_extra_missing`, and as `store_of` and `keys_of` do.
    """
    import gc

    from kaven_schema.operations.backup.filling import sweep_dumps
    from kaven_schema.operations.backup.place import keys_of, store_of

    gc.enable()  # unlike other commands, these may run for long
    if location == "":
        raise click.UsageError("the location is empty: name a folder or a bucket, or leave the option out")
    settings = load_settings(Path.cwd())
    sweep_dumps(settings.root)
    return Place(settings, store_of(settings.root, location), keys_of(settings.root))


def open_there(location: str | None) -> Place:
    """To read from: a folder that is named has to be there. Raises KavenError `backup_store_missing`, as above."""
    from kaven_schema.operations.backup.storage.location import parse_location

    place = open_place(location)
    if location:
        found = parse_location(location)
        if isinstance(found, Path) and not found.is_dir():
            raise KavenError(
                "backup_store_missing",
                f"there is no folder {found}",
                help="say where the backups are: --from LOCATION",
            )
    return place


def backup_target(settings: Settings, *, embedded: bool) -> Target:
    """The database, as whoever backs it up sees it. Raises KavenError as `check_chosen` and `find_target` do."""
    return _target(settings, "backup", embedded=embedded)


def restore_target(settings: Settings, *, embedded: bool) -> Target:
    """The database, as whoever may make and rename databases sees it: of the embedded one the superuser."""
    from dataclasses import replace

    target = _target(settings, "owner", embedded=embedded)
    if not target.is_embedded:
        return target
    from kaven_schema.database.embedded import EmbeddedServer
    from kaven_schema.database.embedded.credentials import read_credentials
    from kaven_schema.database.embedded.roles import SUPERUSER

    password = read_credentials(EmbeddedServer(settings.root).layout.credentials, (SUPERUSER,))[SUPERUSER]
    return replace(target, url=replace(target.url, user=SUPERUSER, password=password))


def _target(settings: Settings, role: str, *, embedded: bool) -> Target:
    """Where nobody has chosen one, an empty database made on the spot would be what is backed up."""
    from kaven_schema.database.embedded.roles import Role
    from kaven_schema.database.target import check_chosen, find_target
    from kaven_schema.engines.progress import on_stderr

    check_chosen(settings, embedded=embedded)
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
