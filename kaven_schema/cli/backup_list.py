"""kaven backup list"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kaven_schema.cli.backing_up import (
    backup_json,
    error_json,
    from_option,
    json_option,
    open_there,
    size_shown,
)
from kaven_schema.cli.output import echo_json, echo_report, say
from kaven_schema.diagnostics import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kaven_schema.operations.backup.catalogue import Backup

_HEADINGS = ("name", "finished (UTC)", "database", "rows", "size", "migration", "seen to")
_RIGHT = (3, 4)
_DOUBTS = {"unprotected": "made without a key", "unchecked": "made with another key"}
_LOCKED = "made with a key, none is set"


@click.command("list", short_help="the backups that are whole")
@from_option
@json_option
def list_(location: str | None, as_json: bool) -> int:
    """The backups of a store, from the oldest to the newest; exit 1 if a manifest cannot be read.

    \b
    Example:
      kaven backup list
      kaven backup list --from s3://acme-backups/kaven --json
    """
    place = open_there(location)
    catalogue = place.catalogue()
    if as_json:
        echo_json(
            {
                "location": place.store.url,
                "backups": [backup_json(backup) for backup in catalogue.backups],
                "unreadable": [{"name": name} | error_json(error) for name, error in catalogue.unreadable],
                "unfinished": [stored.name for stored in catalogue.unfinished],
            }
        )
        return ExitCode.PROBLEMS if catalogue.unreadable else ExitCode.FINE
    if catalogue.backups:
        for line in _table(catalogue.backups, has_keys=place.keys is not None):
            click.echo(line)
    else:
        readable = " that can be read" if catalogue.unreadable else ""
        say(f"there is no backup{readable} in {place.store.url}")
    if catalogue.unfinished:
        names = {stored.name.partition("/")[0] for stored in catalogue.unfinished}
        say(f"not finished, or being made: {', '.join(sorted(names))}")
    from kaven_schema.reporting import as_diagnostic

    echo_report([as_diagnostic(error) for _, error in catalogue.unreadable], err=True, summary=False)
    return ExitCode.PROBLEMS if catalogue.unreadable else ExitCode.FINE


def _table(backups: Sequence[Backup], *, has_keys: bool) -> Iterator[str]:
    rows = [_HEADINGS, *(_cells(backup, has_keys=has_keys) for backup in backups)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(range(len(row)), row, widths, strict=True)
        yield "  ".join(
            cell.rjust(width) if column in _RIGHT else cell.ljust(width) for column, cell, width in cells
        ).rstrip()


def _cells(backup: Backup, *, has_keys: bool) -> tuple[str, ...]:
    manifest = backup.manifest
    return (
        manifest.name,
        f"{manifest.finished:%Y-%m-%d %H:%M}",
        manifest.database.name,
        f"{manifest.contents.rows:,}",
        size_shown(manifest.stored_size),
        manifest.contents.migration or "none",
        _seen(backup, has_keys=has_keys),
    )


def _seen(backup: Backup, *, has_keys: bool) -> str:
    """The strongest that is known of it."""
    from kaven_schema.operations.backup.proofs import ProofKind

    if doubt := _DOUBTS.get(backup.trust):
        return doubt if has_keys else _LOCKED
    for kind, words in ((ProofKind.RESTORED, "restore"), (ProofKind.VERIFIED, "be whole")):
        if proof := backup.proof(kind):
            return f"{words}, {proof.at:%Y-%m-%d}"
    return "nothing yet"
