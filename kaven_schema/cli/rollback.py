"""kaven rollback"""

from __future__ import annotations

from pathlib import Path

import click

from kaven_schema.cli.output import echo_json, echo_report, say
from kaven_schema.cli.update import ask_for_clean_tree, generate
from kaven_schema.config import load_settings
from kaven_schema.diagnostics import ExitCode
from kaven_schema.files import shown_path
from kaven_schema.update.rollback import Rollback, apply_rollback, plan_rollback


@click.command("rollback", short_help="go back to the release before")
@click.option("--dry-run", is_flag=True, help="Print the plan, change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--yes", is_flag=True, help="Ask nothing, also where files are not committed.")
@click.option(
    "--keep-migrations",
    is_flag=True,
    help="Leave the release's migrations: some database has had them already.",
)
def command(dry_run: bool, as_json: bool, yes: bool, keep_migrations: bool) -> int:
    """Put base, extended, migrations, kaven.lock and schema.prisma back to the release before.

    What you have written since stays. No database is touched.

    \b
    Example:
      kaven rollback --dry-run
      kaven rollback --keep-migrations
    """
    settings = load_settings(Path.cwd())
    rollback = plan_rollback(settings, applied=None if keep_migrations else ())
    if rollback.is_clear and not dry_run:
        if not yes:
            ask_for_clean_tree(settings)
        apply_rollback(rollback, lambda: generate(settings))
    if as_json:
        echo_json(_as_json(rollback, is_done=rollback.is_clear and not dry_run))
    else:
        _tell(rollback, dry_run=dry_run)
    return ExitCode.FINE if rollback.is_clear else ExitCode.PROBLEMS


def _tell(rollback: Rollback, *, dry_run: bool) -> None:
    if not rollback.is_clear:
        echo_report(rollback.diagnostics, err=True)
        say(f"{rollback.previous} and what you have written since do not go together: nothing was changed")
        return
    for name in rollback.migrations:
        click.echo(f"{name} {'would be' if dry_run else 'was'} removed")
    for name in rollback.kept_migrations:
        click.echo(f"{name} stays")
    if dry_run:
        for change in rollback.changes:
            if change.is_change:
                click.echo(f"{shown_path(change.path)} would change")
        return
    say(f"{rollback.previous} is installed again")
    if rollback.migrations:
        say("where a database has had these migrations, it is ahead now: go back with --keep-migrations there")


def _as_json(rollback: Rollback, *, is_done: bool) -> dict[str, object]:
    return {
        "version": 1,
        "state": "done" if is_done else "possible" if rollback.is_clear else "refused",
        "installed": str(rollback.installed),
        "previous": str(rollback.previous),
        "removedMigrations": list(rollback.migrations),
        "keptMigrations": list(rollback.kept_migrations),
        "files": [shown_path(change.path) for change in rollback.changes if change.is_change],
        "problems": [{"rule": found.rule, "message": found.message} for found in rollback.diagnostics],
    }
