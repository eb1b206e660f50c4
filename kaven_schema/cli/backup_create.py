"""kaven backup create"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kaven_schema.cli.backing_up import (
    backup_target,
    counted,
    embedded_option,
    json_option,
    manifest_json,
    open_place,
    size_shown,
    to_option,
)
from kaven_schema.cli.output import echo_json, say
from kaven_schema.diagnostics import ExitCode

if TYPE_CHECKING:
    from kaven_schema.config import Settings


@click.command("create", short_help="dump the whole database into the store")
@to_option
@embedded_option
@click.option("--allow-empty", is_flag=True, help="Also a database without a table.")
@click.option("--plain", is_flag=True, help="Without a key, also where the newest backup there is encrypted.")
@json_option
def create(location: str | None, embedded: bool, allow_empty: bool, plain: bool, as_json: bool) -> int:
    """Dump the whole database, in pg_dump's compressed format, and the cluster's roles.

    What it holds is counted in the dump's own snapshot, and written down last: what has no such manifest is no
    backup. With KAVEN_BACKUP_KEYS_FILE or KAVEN_BACKUP_KEYS it is encrypted. The role has to see every row:
    DATABASE_URL names kaven_backup, or another one that row-level security does not bind. Without DATABASE_URL the
    embedded PostgreSQL is taken only where it was made before, or with --embedded.

    \b
    Example:
      kaven backup create
      kaven backup create --to s3://acme-backups/kaven
    """
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.operations.backup.creating import Purpose, create_backup

    place = open_place(location)
    target = backup_target(place.settings, embedded=embedded)
    purpose = Purpose(
        store=place.store,
        keys=place.keys,
        release=_release(place.settings),
        may_be_empty=allow_empty,
        may_be_plain=plain,
    )
    manifest = create_backup(target.url, purpose, progress=on_stderr)
    if as_json:
        echo_json({"location": place.store.url} | manifest_json(manifest))
        return ExitCode.FINE
    for note in manifest.notes:
        say(note)
    contents = manifest.contents
    what = f"{counted(len(contents.tables), 'table')}, {counted(contents.rows, 'row')}"
    sealed = ", encrypted" if place.keys else ""
    say(f"{manifest.name} in {place.store.url}: {what}, {size_shown(manifest.stored_size)}{sealed}")
    return ExitCode.FINE


def _release(settings: Settings) -> str:
    """What kaven.lock says is installed; that it is damaged is no reason to have no backup."""
    from kaven_schema.diagnostics import KavenError
    from kaven_schema.update.lock import read_lock

    try:
        lock = read_lock(settings.root)
    except KavenError as error:
        say(f"without the release: {error.message}")
        return ""
    return str(lock.release) if lock else ""
