"""kaven rollback"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.output import echo_json, echo_report, say
from kaven_schema.cli.update import ask_for_clean_tree, generate
from kaven_schema.config import Settings, load_settings
from kaven_schema.diagnostics import ExitCode
from kaven_schema.files import shown_path
from kaven_schema.update.rollback import (
    Rollback,
    apply_rollback,
    plan_rollback,
    with_down_migration,
)
from kaven_schema.update.undisturbed import undisturbed

if TYPE_CHECKING:
    from collections.abc import Collection

    from kaven_schema.update.down_plan import DownPlan


@click.command("rollback", short_help="go back to the release before")
@click.option("--dry-run", is_flag=True, help="Print the plan, change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--yes", is_flag=True, help="Ask nothing, also where files are not committed.")
@click.option(
    "--keep-migrations/--remove-migrations",
    "keep",
    default=None,
    help="Leave the release's migrations, or not.  [default: those that the database has had]",
)
@click.option("--database", is_flag=True, help="Print the SQL that leads the database back; change nothing.")
@click.option(
    "--down-migration", is_flag=True, help="Add that SQL as a migration, for you to edit and deploy."
)
def command(
    dry_run: bool, as_json: bool, yes: bool, keep: bool | None, database: bool, down_migration: bool
) -> int:
    """Put base, extended, migrations, kaven.lock and schema.prisma back to the release before.

    What you have written since stays. No database is touched: what the release added may stay there.

    \b
    Example:
      kaven rollback --dry-run
      kaven rollback --database
      kaven rollback
      kaven rollback --down-migration
    """
    if down_migration and keep is False:
        raise click.UsageError("--down-migration takes back what the release's migrations did: these stay")
    settings = load_settings(Path.cwd())
    if database:
        return _show_down_plan(plan_rollback(settings), as_json=as_json)
    rollback = undisturbed(
        settings,
        "the rollback",
        lambda: _planned(settings, keep=keep, down_migration=down_migration),
    )
    if rollback.is_clear and not dry_run:
        if not yes:
            ask_for_clean_tree(settings)
        apply_rollback(rollback, lambda: generate(settings))
    if as_json:
        echo_json(_as_json(rollback, is_done=rollback.is_clear and not dry_run))
    else:
        _tell(rollback, dry_run=dry_run)
    return ExitCode.FINE if rollback.is_clear else ExitCode.PROBLEMS


def _planned(settings: Settings, *, keep: bool | None, down_migration: bool) -> Rollback:
    if not down_migration:
        return plan_rollback(settings, applied=None if keep else () if keep is False else _had(settings))
    rollback = plan_rollback(settings, comes_back=True)
    plan = _down_plan(rollback) if rollback.is_clear else None
    return with_down_migration(rollback, plan.script) if plan and plan.script else rollback


def _had(settings: Settings) -> Collection[str]:
    from kaven_schema.update.asking import ask_database

    asked = ask_database(settings)
    if asked.why_not:
        say(f"the database was not asked which migrations it has had: {asked.why_not}")
    return asked.migrations


def _down_plan(rollback: Rollback) -> DownPlan:
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.update.down_plan import make_down_plan

    return make_down_plan(rollback, progress=on_stderr)


def _show_down_plan(rollback: Rollback, *, as_json: bool) -> int:
    if not rollback.is_clear:
        _tell_refusal(rollback)
        return ExitCode.PROBLEMS
    plan = _down_plan(rollback)
    if as_json:
        steps = [{"sql": one.sql, "loses": list(one.loses), "notes": list(one.notes)} for one in plan.steps]
        echo_json(
            {
                "version": 1,
                "installed": str(rollback.installed),
                "previous": str(rollback.previous),
                "script": plan.script,
                "loses": list(plan.loses),
                "steps": steps,
            }
        )
    else:
        click.echo(plan.script.rstrip("\n") or "-- the database needs no change")
    return ExitCode.FINE


def _tell(rollback: Rollback, *, dry_run: bool) -> None:
    if not rollback.is_clear:
        _tell_refusal(rollback)
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
        say(
            "where a database has had these migrations, it is ahead now: go back with --keep-migrations there"
        )
    _tell_of_database(rollback)


def _tell_of_database(rollback: Rollback) -> None:
    if rollback.down_migration:
        say(f"next: read {shown_path(rollback.down_migration)}, commit, run `kaven migrate deploy`")
    elif rollback.kept_migrations and rollback.misses:
        names = ", ".join(rollback.misses[:4]) + (" and more" if len(rollback.misses) > 4 else "")
        say(f"the database is not what {rollback.previous} needs ({names}); what leads there:")
        say("  kaven migrate diff --from database --to schema --script")
    elif rollback.kept_migrations:
        say(f"the database keeps what {rollback.installed} added, which harms nobody")
        say(
            f"`kaven migrate dev` would drop it: to change the schema while {rollback.previous} is installed, run "
            "`kaven update` again, and go back with --down-migration"
        )


def _tell_refusal(rollback: Rollback) -> None:
    echo_report(rollback.diagnostics, err=True)
    say(f"{rollback.previous} and what you have written since do not go together: nothing was changed")


def _as_json(rollback: Rollback, *, is_done: bool) -> dict[str, object]:
    return {
        "version": 1,
        "state": "done" if is_done else "possible" if rollback.is_clear else "refused",
        "installed": str(rollback.installed),
        "previous": str(rollback.previous),
        "removedMigrations": list(rollback.migrations),
        "keptMigrations": list(rollback.kept_migrations),
        "misses": list(rollback.misses),
        "downMigration": shown_path(rollback.down_migration) if rollback.down_migration else None,
        "files": [shown_path(change.path) for change in rollback.changes if change.is_change],
        "problems": [{"rule": found.rule, "message": found.message} for found in rollback.diagnostics],
    }
