"""kaven migrate expand"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kaven_schema.cli.migrating import owner_target, prisma_refusals_told
from kaven_schema.cli.options import open_project, project_options
from kaven_schema.cli.output import echo_report, exit_code, say
from kaven_schema.diagnostics import ExitCode
from kaven_schema.files import shown_path

if TYPE_CHECKING:
    from kaven_schema.database.expand.expanding import Order
    from kaven_schema.database.expand.texts import Edits, PlanRefused
    from kaven_schema.project import Project

_Overrides = tuple[str | None, tuple[str, ...], str | None, str | None]
_column = click.option("--column", default="", metavar="NAME", help="What the new column is called.")
_write = click.option("--write", is_flag=True, help="Type into extended what is printed, too.")


@click.group("expand", short_help="begin a change of a column in steps that break nothing")
def expand() -> None:
    """Begin to rename, retype, require or drop a field of extended while the application runs.

    The first step is written as migrations, with a plan in prisma/plans, and what to type into extended is
    printed. Then: `kaven migrate deploy`, `kaven migrate backfill`, `kaven migrate contract`.

    \b
    Example:
      kaven migrate expand rename User.company organisation
    """


@expand.command("rename")
@click.argument("field", metavar="MODEL.FIELD")
@click.argument("name", metavar="NEW_NAME")
@_column
@_write
@project_options
def rename(
    field: str,
    name: str,
    column: str,
    write: bool,
    base: str | None,
    extended: tuple[str, ...],
    output: str | None,
    prisma: str | None,
) -> int:
    """A second column under the new name, and a trigger that keeps both in step.

    \b
    Example:
      kaven migrate expand rename User.company organisation
    """
    from kaven_schema.database.expand.expanding import Order

    order = Order(kind="rename", field=field, becomes=name, column=column)
    return _begin(order, write, (base, extended, output, prisma))


@expand.command("retype")
@click.argument("field", metavar="MODEL.FIELD")
@click.argument("type", metavar="TYPE")
@click.option("--using", default="", metavar="SQL", help="The new value, from a row.  [default: a cast]")
@click.option("--back", default="", metavar="SQL", help="The old value, from the new one.  [default: a cast]")
@_column
@_write
@project_options
def retype(
    field: str,
    type: str,
    using: str,
    back: str,
    column: str,
    write: bool,
    base: str | None,
    extended: tuple[str, ...],
    output: str | None,
    prisma: str | None,
) -> int:
    """A second column of the new type, and a trigger that converts in both directions.

    \b
    Example:
      kaven migrate expand retype Ticket.effort 'Decimal @db.Decimal(6, 2)'
      kaven migrate expand retype User.phone 'BigInt' --using "regexp_replace(phone, '[^0-9]', '', 'g')::bigint"
    """
    from kaven_schema.database.expand.expanding import Order

    order = Order(kind="retype", field=field, becomes=type, column=column, using=using, back=back)
    return _begin(order, write, (base, extended, output, prisma))


@expand.command("require")
@click.argument("field", metavar="MODEL.FIELD")
@click.option(
    "--using", default="", metavar="SQL", help="What replaces null.  [default: the field's default]"
)
@_write
@project_options
def require(
    field: str,
    using: str,
    write: bool,
    base: str | None,
    extended: tuple[str, ...],
    output: str | None,
    prisma: str | None,
) -> int:
    """A trigger that puts a value where running code still writes null.

    \b
    Example:
      kaven migrate expand require User.phone --using "'unknown'"
    """
    from kaven_schema.database.expand.expanding import Order

    order = Order(kind="require", field=field, using=using)
    return _begin(order, write, (base, extended, output, prisma))


@expand.command("drop")
@click.argument("field", metavar="MODEL.FIELD")
@_write
@project_options
def drop(
    field: str,
    write: bool,
    base: str | None,
    extended: tuple[str, ...],
    output: str | None,
    prisma: str | None,
) -> int:
    """A column that may be left out, so that new code need not name it.

    \b
    Example:
      kaven migrate expand drop User.phone
    """
    from kaven_schema.database.expand.expanding import Order

    return _begin(Order(kind="drop", field=field), write, (base, extended, output, prisma))


def _begin(order: Order, write: bool, overrides: _Overrides) -> int:
    from kaven_schema.database.expand.expanding import expand as begin
    from kaven_schema.database.expand.plan import plan_path
    from kaven_schema.database.expand.texts import PlanRefused
    from kaven_schema.engines.progress import on_stderr

    project = open_project(*overrides)
    try:
        with prisma_refusals_told(project):
            made = begin(project, owner_target(project.settings), order, progress=on_stderr)
    except PlanRefused as refused:
        return report_refused(refused, project, write=False)
    for migration in made.written:
        say(f"{shown_path(migration.path)} written")
    say(f"{shown_path(plan_path(project.output, made.plan.name))} written")
    echo_edits(made.edits, project, write=write)
    deploy = "kaven migrate dev" if made.written or made.edits.edits else ""
    then = "contract" if order.kind == "drop" else "backfill"
    steps = [deploy, f"kaven migrate {then} {made.plan.name}" if then == "backfill" else ""]
    say(f"next: {', then '.join(filter(None, steps))}")
    if then == "contract":
        say(f"once no running code names the column: kaven migrate contract {made.plan.name}")
    return ExitCode.FINE


def report_refused(refused: PlanRefused, project: Project, *, write: bool) -> int:
    """What stands in the way; what to type against it is typed where that was asked for, and then nothing does."""
    if refused.edits and write:
        for found in refused.diagnostics:
            say(f"{found.message}: {found.help}" if found.help else found.message)
        echo_edits(refused.edits, project, write=True)
        say(refused.then or "then run the command again")
        return ExitCode.FINE
    echo_report(refused.diagnostics, err=True, summary=False)
    if refused.edits:
        echo_edits(refused.edits, project, write=False)
    return exit_code(refused.diagnostics)


def echo_edits(edits: Edits, project: Project, *, write: bool) -> None:
    """As a diff on stdout; typed in where that was asked for."""
    if not edits.edits:
        return
    shown = edits.shown()
    if write:
        for path in edits.write(project.settings.root):
            say(f"{shown_path(path)} changed:")
    else:
        say("type into extended:")
    click.echo(shown)
