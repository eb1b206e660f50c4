"""kaven backup restore"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.backing_up import (
    Place,
    counted,
    embedded_option,
    from_option,
    open_there,
    restore_target,
)
from kaven_schema.cli.output import echo_json, say
from kaven_schema.diagnostics import ExitCode, KavenError

if TYPE_CHECKING:
    from kaven_schema.database.target import Target
    from kaven_schema.operations.backup.catalogue import Backup
    from kaven_schema.operations.backup.restoring import Losses, Restored

_SHOWN_TABLES = 20


@click.command("restore", short_help="restore into a new database, and swap it in")
@click.argument("name", default="latest")
@from_option
@click.option(
    "--of", metavar="DATABASE", default="", help="A backup of another database than the one in use."
)
@click.option("--as", "database", metavar="DATABASE", help="Under this new name, beside the one in use.")
@embedded_option
@click.option("--jobs", type=click.IntRange(1, 64), help="Connections at once.  [default: CPUs, at most 4]")
@click.option("--end-sessions", is_flag=True, help="End the sessions of who is connected.")
@click.option("--unprotected", is_flag=True, help="Also one that was made without a key.")
@click.option("--roles", is_flag=True, help="Print the SQL of the cluster's roles, and do nothing else.")
@click.option(
    "--drop-old", metavar="DATABASE", help="Drop what a restore has put aside, and do nothing else."
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def restore(
    name: str,
    location: str | None,
    of: str,
    database: str | None,
    embedded: bool,
    jobs: int | None,
    end_sessions: bool,
    unprotected: bool,
    roles: bool,
    drop_old: str | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Restore a backup beside the database in use, compare it, and give it that one's name.

    NAME is a backup's name or its beginning; without, it is the newest of the database that DATABASE_URL names. The
    database that was in use stays, under a name of its own, until you drop it. Roles that the cluster lacks are made,
    without passwords. Nothing is taken in the place of a newest backup that is damaged.

    \b
    Example:
      kaven backup restore
      kaven backup restore 20261122T030000Z --end-sessions --yes
      kaven backup restore --as kaven_yesterday
      kaven backup restore --drop-old kaven_before_20261122091500
    """
    place = open_there(location)
    if drop_old:
        return _drop(restore_target(place.settings, embedded=embedded), drop_old)
    if roles:
        return _print_roles(place, place.find(name, of, unprotected=unprotected))
    target = restore_target(place.settings, embedded=embedded)
    backup = place.find(name, of or target.url.database, unprotected=unprotected)
    done = _restore(
        place,
        target,
        backup,
        database,
        jobs,
        _Asker(target, yes=yes),
        end_sessions=end_sessions,
        unprotected=unprotected,
    )
    _report(done, as_json=as_json)
    return ExitCode.FINE


def _restore(
    place: Place,
    target: Target,
    backup: Backup,
    database: str | None,
    jobs: int | None,
    ask: _Asker,
    *,
    end_sessions: bool,
    unprotected: bool,
) -> Restored:
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.operations.backup.filling import default_jobs
    from kaven_schema.operations.backup.restoring import RestoreOptions, restore_backup

    options = RestoreOptions(
        root=place.settings.root,
        jobs=jobs or default_jobs(),
        end_sessions=end_sessions,
        unprotected=unprotected,
        beside=bool(database),
        ask=ask,
        notify=say,
        progress=on_stderr,
    )
    url = target.url.with_database(database) if database else target.url
    return restore_backup(url, place.store, place.keys, backup, options)


def _drop(target: Target, name: str) -> int:
    from kaven_schema.operations.backup.restoring import drop_old

    drop_old(target.url, name)
    say(f"{name} is dropped")
    return ExitCode.FINE


def _print_roles(place: Place, backup: Backup) -> int:
    from kaven_schema.operations.backup.filling import read_globals
    from kaven_schema.operations.backup.roles import printed_roles

    script = read_globals(place.store, backup.manifest, place.keys)
    for statement in printed_roles(script, backup.manifest.contents.roles):
        click.echo(statement if statement.endswith(";") else f"{statement};")
    return ExitCode.FINE


class _Asker:
    """Tells what would be lost, and asks; not where there is nothing."""

    def __init__(self, target: Target, *, yes: bool) -> None:
        self._target = target
        self._yes = yes

    def __call__(self, losses: Losses) -> None:
        if losses.is_empty:
            return
        _tell_losses(losses)
        if self._yes:
            return
        import sys

        if not sys.stdin.isatty():
            raise KavenError(
                "answer_needed",
                f"this would put {losses.database} aside, and there is no terminal to ask on",
                help="say so beforehand: kaven backup restore --yes",
                exit_code=ExitCode.WRONG_USE,
            )
        where = f"{losses.database} ({self._target.origin})"
        click.confirm(f"Put {where} aside, and restore {losses.backup.name}?", abort=True, err=True)


def _tell_losses(losses: Losses) -> None:
    manifest = losses.backup
    age = datetime.now(UTC) - manifest.started
    hours = age.total_seconds() / 3600
    old = f"{hours:.1f} hours" if hours < 48 else f"{age.days} days"
    say(f"{manifest.name} was made {old} ago; what was written to {losses.database} since is not in it")
    if losses.changes is None:
        say("  its rows cannot be counted")
        return
    if not losses.changes:
        say("  every table has as many rows as in the backup")
    for change in losses.changes[:_SHOWN_TABLES]:
        now = counted(change.now, "row") if change.now >= 0 else "no such table"
        then = f"{change.backup:,}" if change.backup >= 0 else "no such table"
        say(f"  {change.table}: {now} now, {then} in the backup")
    if len(losses.changes) > _SHOWN_TABLES:
        say(f"  … and {len(losses.changes) - _SHOWN_TABLES} more tables")


def _report(done: Restored, *, as_json: bool) -> None:
    if as_json:
        echo_json(
            {
                "database": done.database,
                "before": done.before or None,
                "backup": done.manifest.name,
                "tables": len(done.manifest.contents.tables),
                "rows": done.manifest.contents.rows,
            }
        )
        return
    say(
        f"{done.database} is {done.manifest.name}: {counted(done.manifest.contents.rows, 'row')}, as backed up"
    )
    if done.before:
        say(
            f"{done.before} is what it was; when you need it no more: kaven backup restore --drop-old {done.before}"
        )
