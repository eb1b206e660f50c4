"""kaven migrate abandon"""

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
    from kaven_schema.database.expand.abandoning import Abandoned
    from kaven_schema.project import Project


@click.command("abandon", short_help="give a plan up, and take away what it made")
@click.argument("plan")
@click.option("--write", is_flag=True, help="Type into extended what is printed, too.")
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Until when the lint accepts that the second column goes.  [default: a year from now]",
)
@project_options
def abandon(
    plan: str,
    write: bool,
    expires: datetime | None,
    base: str | None,
    extended: tuple[str, ...],
    output: str | None,
    prisma: str | None,
) -> int:
    """Write the migration that takes the second column away with its trigger, and remove the plan's file.

    Nothing is written as long as extended still has what the plan said to type; --write takes it out. Refused once
    the migration that drops the old column is written.

    \b
    Example:
      kaven migrate abandon rename_user_company --write
    """
    from kaven_schema.database.expand.texts import PlanRefused

    overrides = (base, extended, output, prisma)
    project = open_project(*overrides)
    try:
        made = _give_up(project, plan, expires)
    except PlanRefused as refused:
        if not (refused.edits and write):
            code = report_refused(refused, project, write=False)
            if refused.edits:
                say("or have it typed: the same command with --write")
            return code
        echo_edits(refused.edits, project, write=True)
        made = _give_up(open_project(*overrides), plan, expires)
    _report(made)
    return ExitCode.FINE


def _give_up(project: Project, name: str, expires: datetime | None) -> Abandoned:
    from kaven_schema.database.expand.abandoning import abandon as give_up
    from kaven_schema.database.expand.plan import find_plan

    plan = find_plan(project.output, name)
    return give_up(project, plan, lambda: chosen_target(project.settings).url, **accepted_days(expires))


def _report(made: Abandoned) -> None:
    for migration in made.written:
        say(f"{shown_path(migration.path)} written")
    if made.accepted:
        path = made.written[-1].path.parent.parent / "accepted-breaks.toml"
        say(f"{shown_path(path)}: accepted {', '.join(dict.fromkeys(made.accepted))}")
    say(f"{shown_path(made.removed)} removed")
    if made.written:
        say("next: kaven migrate dev; elsewhere kaven migrate deploy, once no running code names what goes")
    else:
        say("next: kaven migrate dev")
