"""kaven migrate contract"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.migrate_expand import echo_edits, report_refused
from kaven_schema.cli.migrating import accepted_days, chosen_target
from kaven_schema.cli.options import open_project, project_options
from kaven_schema.cli.output import say
from kaven_schema.diagnostics import ExitCode
from kaven_schema.files import shown_path

if TYPE_CHECKING:
    from kaven_schema.database.expand.contracting import Contraction
    from kaven_schema.database.expand.plan import Plan
    from kaven_schema.project import Project


@click.command("contract", short_help="write the next step of a plan whose backfill is complete")
@click.argument("plan", required=False)
@click.option("--write", is_flag=True, help="Type into extended what is printed, too.")
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Until when the lint accepts that the column goes.  [default: a year from now]",
)
@project_options
def contract(
    plan: str | None,
    write: bool,
    expires: datetime | None,
    base: str | None,
    extended: tuple[str, ...],
    output: str | None,
    prisma: str | None,
) -> int:
    """Make the new column required, and in the end remove the old one, with what kept both in step.

    Refused while rows are not filled, and while the merged schema still names the old column. PLAN may be left
    out where only one is open.

    \b
    Example:
      kaven migrate contract
      kaven migrate contract rename_user_company
    """
    from kaven_schema.database.expand.contracting import contract as write_next
    from kaven_schema.database.expand.texts import PlanRefused

    project = open_project(base, extended, output, prisma)
    chosen = _chosen(project, plan)
    if chosen is None:
        say("there is no open plan")
        return ExitCode.FINE
    try:
        made = write_next(project, chosen_target(project.settings), chosen, **accepted_days(expires))
    except PlanRefused as refused:
        if refused.edits and not write:
            code = report_refused(refused, project, write=False)
            say("or have it typed: the same command with --write")
            return code
        return report_refused(refused, project, write=write)
    _report(made, project, write=write)
    return ExitCode.FINE


def _chosen(project: Project, name: str | None) -> Plan | None:
    """None where no plan is open."""
    from kaven_schema.database.expand.plan import find_plan, read_plans

    if name:
        return find_plan(project.output, name)
    is_open = [plan for plan in read_plans(project.output) if not plan.contract]
    if len(is_open) > 1:
        raise click.UsageError(f"say which plan: {', '.join(plan.name for plan in is_open)}")
    return is_open[0] if is_open else None


def _report(made: Contraction, project: Project, *, write: bool) -> None:
    for migration in made.written:
        say(f"{shown_path(migration.path)} written")
    if made.accepted:
        path = made.written[-1].path.parent.parent / "accepted-breaks.toml"
        say(f"{shown_path(path)}: accepted {', '.join(made.accepted)}")
    echo_edits(made.edits, project, write=write)
    if made.is_last:
        say("this is the last step: kaven migrate deploy, once no running code names what goes")
    else:
        say(f"next: kaven migrate dev; the last step: kaven migrate contract {made.plan.name}")
