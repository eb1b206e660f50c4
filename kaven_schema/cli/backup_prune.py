"""kaven backup prune"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.backing_up import counted, from_option, json_option, open_there
from kaven_schema.cli.output import echo_json, say
from kaven_schema.diagnostics import ExitCode

if TYPE_CHECKING:
    from kaven_schema.operations.backup.pruning import Pruning
    from kaven_schema.operations.backup.retention import Held


@click.command("prune", short_help="remove what the rules no longer keep")
@from_option
@click.option(
    "--keep-days", type=click.IntRange(0), default=30, show_default=True, help="All that are younger."
)
@click.option("--daily", type=click.IntRange(0), default=0, metavar="N", help="The newest of N days.")
@click.option("--weekly", type=click.IntRange(0), default=0, metavar="N", help="The newest of N weeks.")
@click.option("--monthly", type=click.IntRange(0), default=0, metavar="N", help="The newest of N months.")
@click.option("--yearly", type=click.IntRange(0), default=0, metavar="N", help="The newest of N years.")
@click.option("--newest", type=click.IntRange(1), default=1, show_default=True, help="The N newest.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@json_option
def prune(
    location: str | None,
    keep_days: int,
    daily: int,
    weekly: int,
    monthly: int,
    yearly: int,
    newest: int,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Remove the backups that no rule keeps; the rules count for each database.

    The newest, and the newest that was seen to restore, stay whatever the rules say; so does what kaven did not write,
    or cannot check with the keys that are set.

    \b
    Example:
      kaven backup prune --dry-run
      kaven backup prune --keep-days 7 --weekly 5 --monthly 12
    """
    from kaven_schema.operations.backup.pruning import plan_pruning
    from kaven_schema.operations.backup.pruning import prune as remove
    from kaven_schema.operations.backup.retention import Rules

    place = open_there(location)
    rules = Rules(
        keep_days=keep_days, daily=daily, weekly=weekly, monthly=monthly, yearly=yearly, newest=newest
    )
    catalogue = place.catalogue()
    now = datetime.now(UTC)
    done = plan_pruning(catalogue, rules, now) if dry_run else remove(place.store, catalogue, rules, now)
    if as_json:
        echo_json(_as_json(done, dry_run=dry_run))
    else:
        _tell(done, dry_run=dry_run)
    return ExitCode.FINE


def _as_json(done: Pruning, *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "removed": [held.name for held in done.plan.remove],
        "kept": [{"name": kept.held.name, "reasons": list(kept.reasons)} for kept in done.plan.keep],
        "left": list(done.left),
        "unfinished": list(done.unfinished),
    }


def _tell(done: Pruning, *, dry_run: bool) -> None:
    held = [*(kept.held for kept in done.plan.keep), *done.plan.remove]
    several = len({one.database for one in held}) > 1
    for kept in done.plan.keep:
        click.echo(f"keep    {_shown(kept.held, several=several)}  {', '.join(kept.reasons)}")
    for name in done.left:
        click.echo(f"keep    {name}  cannot be checked")
    for gone in done.plan.remove:
        click.echo(f"remove  {_shown(gone, several=several)}")
    for name in done.unfinished:
        click.echo(f"remove  {name}  of a backup that was not finished")
    what = counted(len(done.plan.remove), "backup")
    say(f"{what} would be removed: leave --dry-run out" if dry_run else f"{what} removed")


def _shown(held: Held, *, several: bool) -> str:
    return f"{held.name} ({held.database})" if several else held.name
