"""kaven migrate"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.migrate_abandon import abandon
from kaven_schema.cli.migrate_backfill import backfill
from kaven_schema.cli.migrate_contract import contract
from kaven_schema.cli.migrate_deploy import deploy, judge
from kaven_schema.cli.migrate_expand import expand, report_refused
from kaven_schema.cli.migrate_lint import lint
from kaven_schema.cli.migrating import (
    chosen_target,
    deployment_code,
    echo_drift,
    echo_ways_on,
    json_report,
    merged_state,
    migrations_folder,
    owner_target,
    prisma_refusals_told,
)
from kaven_schema.cli.options import open_project, project_options
from kaven_schema.cli.output import echo_json, echo_report, exit_code, say
from kaven_schema.config import load_settings
from kaven_schema.diagnostics import ExitCode
from kaven_schema.files import shown_path

if TYPE_CHECKING:
    from kaven_schema.database.migrations.develop import DevRun
    from kaven_schema.project import Project


@click.group("migrate", short_help="migrations of the database")
def command() -> None:
    """Migrations of the database, in prisma/migrations, as Prisma Migrate keeps them.

    \b
    Example:
      kaven migrate dev --name add_company
      kaven migrate deploy
    """


@command.command("dev")
@project_options
@click.option("--name", help="What the migration does.  [default: init for the first, else change]")
@click.option(
    "--owner", type=click.Choice(["kaven", "dev"]), default="dev", help="Whose change it is.  [default: dev]"
)
@click.option("--create-only", is_flag=True, help="Write the migration, for you to edit; do not apply it.")
@click.option("--client/--no-client", default=True, help="Generate the Python client too.  [default: client]")
def dev(
    base: str | None,
    extended: tuple[str, ...],
    output: str | None,
    prisma: str | None,
    name: str | None,
    owner: str,
    create_only: bool,
    client: bool,
) -> int:
    """Merge, write the migration that leads there, judge it, apply it, and generate the client.

    One that breaks running code or loses data (kaven migrate lint) stays written, and is not applied.

    \b
    Example:
      kaven migrate dev --name add_company
      kaven migrate dev --name split_name --create-only
    """
    from kaven_schema.database.migrations.develop import DevOptions, develop
    from kaven_schema.engines.progress import on_stderr

    project = open_project(base, extended, output, prisma)
    run = project.merge()
    echo_report(run.diagnostics, err=True, summary=bool(run.diagnostics))
    if run.failed:
        return ExitCode.PROBLEMS
    if (code := _open_plans_code(project)) != ExitCode.FINE:
        return code
    folder = migrations_folder(project.settings)
    title = name or ("change" if folder.migrations else "init")
    options = DevOptions(title=title, owner=owner, create_only=create_only)
    target = owner_target(project.settings)
    with prisma_refusals_told(project):
        result = develop(project, target, options, judge=judge, progress=on_stderr, notify=say)
    code = _report_dev(result)
    echo_ways_on(result.deployment.diagnostics, folder)
    if code == ExitCode.FINE and client and not create_only:
        from kaven_schema.cli.generating import generate_client

        generate_client(project)
    return code


def _open_plans_code(project: Project) -> int:
    """What a plan wants to be typed comes first: without it the migration would undo the plan's step."""
    from kaven_schema.database.expand.awaiting import check_typed
    from kaven_schema.database.expand.plan import read_plans
    from kaven_schema.database.expand.texts import PlanRefused

    plans = [plan for plan in read_plans(project.output) if not plan.contract]
    if not plans:
        return ExitCode.FINE
    try:
        check_typed(project, plans)
    except PlanRefused as refused:
        return report_refused(refused, project, write=False)
    return ExitCode.FINE


def _report_dev(run: DevRun) -> int:
    for migration in run.written:
        say(f"{shown_path(migration.path)} written")
    if run.drift:
        say(run.drift.strip("\n"))
    echo_report(run.deployment.diagnostics, err=True, summary=False)
    code = deployment_code(run.deployment.diagnostics)
    if code == ExitCode.FINE and not run.written and not run.deployment.applied:
        say("nothing to migrate: the database is what the schema says")
    return code


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def status(as_json: bool) -> int:
    """What is applied, pending, failed, edited or missing; exit 1 unless the database is up to date.

    \b
    Example:
      kaven migrate status
    """
    from kaven_schema.cli.migration_state import as_json_state, echo_state
    from kaven_schema.database.migrations.deploy import look

    settings = load_settings(Path.cwd())
    folder = migrations_folder(settings)
    state = look(chosen_target(settings).url, folder)
    if as_json:
        echo_json(as_json_state(state) | json_report(state.history.problems()))
    else:
        echo_state(state)
        echo_drift(state.drift)
        echo_report(state.history.problems(), err=True, summary=False)
    return ExitCode.FINE if state.is_current else ExitCode.PROBLEMS


@command.command("resolve")
@click.option("--applied", metavar="NAME", help="It is done: you did by hand what was missing.")
@click.option("--rolled-back", metavar="NAME", help="It is undone: you took back what it had done.")
@click.option("--edited", metavar="NAME", help="Its script, as it is now, is what was applied.")
def resolve(applied: str | None, rolled_back: str | None, edited: str | None) -> int:
    """Set the record of a migration right, after you have set the database right.

    \b
    Example:
      kaven migrate resolve --rolled-back 20260102030405_dev_add_company
    """
    from kaven_schema.database.migrations import resolve as resolving

    chosen = [name for name in (applied, rolled_back, edited) if name]
    if len(chosen) != 1:
        raise click.UsageError("say one of --applied, --rolled-back and --edited")
    settings = load_settings(Path.cwd())
    work = (
        resolving.mark_applied
        if applied
        else resolving.mark_rolled_back
        if rolled_back
        else resolving.accept_edited
    )
    work(chosen_target(settings).url, migrations_folder(settings), chosen[0])
    say(f"{chosen[0]} is recorded as {'rolled back' if rolled_back else 'applied'}")
    return ExitCode.FINE


@command.command("diff")
@click.option("--from", "before", default="migrations", metavar="STATE", help="[default: migrations]")
@click.option("--to", "after", default="schema", metavar="STATE", help="[default: schema]")
@click.option("--script", is_flag=True, help="Print the SQL that leads there.")
@click.option("--check", is_flag=True, help="Exit 1 if there is a difference.")
@click.option("--json", "as_json", is_flag=True, help="Print both as JSON.")
def diff(before: str, after: str, script: bool, check: bool, as_json: bool) -> int:
    """What leads from one state to another, for people or as SQL.

    A STATE is empty, schema (what base and extended merge to, whatever schema.prisma holds), migrations, database, a
    URL, a .prisma file or a folder of migrations.

    \b
    Example:
      kaven migrate diff --script
      kaven migrate diff --from migrations --to database
    """
    from kaven_schema.database.migrations.states import comparing, named_state
    from kaven_schema.engines.progress import on_stderr

    settings = load_settings(Path.cwd())
    needs_database = {before, after} & {"migrations", "database"} or any(
        map(Path.is_dir, map(Path, (before, after)))
    )
    find = chosen_target if "database" in (before, after) else owner_target
    target = find(settings) if needs_database else None
    merged = merged_state(settings) if "schema" in (before, after) else None
    states = [
        merged if merged and name == "schema" else named_state(name, settings, target)
        for name in (before, after)
    ]
    with comparing(settings, target, states, progress=on_stderr) as comparison:
        found = comparison.difference(*states)
    if as_json:
        echo_json({"differs": bool(found.summary), "summary": found.summary, "script": found.script})
    else:
        click.echo((found.script if script else found.summary).strip("\n") or "no difference")
    return ExitCode.PROBLEMS if check and found.summary else ExitCode.FINE


@command.command("baseline")
@click.option("--force", is_flag=True, help="Also where the database is not what the migrations give.")
def baseline(force: bool) -> int:
    """Record all migrations as applied, for a database that has their tables already.

    Where there are no migrations yet, a first one is written from the schema.

    \b
    Example:
      kaven migrate baseline
    """
    from kaven_schema.database.migrations.baseline import record_baseline
    from kaven_schema.engines.progress import on_stderr

    settings = load_settings(Path.cwd())
    result = record_baseline(settings, chosen_target(settings), force=force, progress=on_stderr)
    if result.written:
        say(f"{shown_path(result.written.path)} written")
    if result.difference:
        say(result.difference.strip("\n"))
    echo_report(result.diagnostics, err=True, summary=False)
    if result.recorded:
        say(f"{result.recorded} migration{'s' * (result.recorded != 1)} recorded as applied")
    return exit_code(result.diagnostics)


for _command in (deploy, lint, expand, backfill, contract, abandon):
    command.add_command(_command)
