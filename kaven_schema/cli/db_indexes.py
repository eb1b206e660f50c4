"""kaven db indexes"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.output import echo_json, echo_report, say
from kaven_schema.config import Settings, load_settings
from kaven_schema.diagnostics import ExitCode
from kaven_schema.files import shown_path

if TYPE_CHECKING:
    from kaven_schema.catalog.catalog import Catalog
    from kaven_schema.operations.indexes.examining import Examination


@click.command("indexes")
@click.option(
    "--min-days",
    type=click.FloatRange(min=0),
    default=30.0,
    metavar="DAYS",
    help="Call an index unused only after so many days of counting.  [default: 30]",
)
@click.option(
    "--min-bloat",
    type=click.IntRange(min=0),
    default=10,
    metavar="MB",
    help="Look at the bloat of indexes of at least this size.  [default: 10]",
)
@click.option("--all", "show_all", is_flag=True, help="List every index, with its size and its uses.")
@click.option("--vendor", is_flag=True, help="Show also what only the vendor can mend.")
@click.option("--strict", is_flag=True, help="Exit 1 for warnings too, unless only the vendor can mend them.")
@click.option(
    "--role",
    type=click.Choice(["owner", "app", "backup"]),
    default="owner",
    show_default=True,
    help="Who connects, in the embedded database.",
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def indexes(
    min_days: float, min_bloat: int, show_all: bool, vendor: bool, strict: bool, role: str, as_json: bool
) -> int:
    """Indexes of the live database that are unused, needless, missing, broken or swollen, and what mends them.

    It only reads, so any role will do. Exit 1 for an invalid index; with --strict for every warning that you can mend.

    \b
    Example:
      kaven db indexes
      kaven db indexes --strict --json
    """
    from kaven_schema.cli.migrating import migrations_folder
    from kaven_schema.database.embedded.roles import Role
    from kaven_schema.database.target import BY_STARTING_IT, check_chosen, find_target
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.operations.indexes.examining import MEGABYTE, Limits, examine

    settings = load_settings(Path.cwd())
    check_chosen(settings, otherwise=BY_STARTING_IT)
    catalog = _catalog(settings)
    target = find_target(settings, Role(role), progress=on_stderr)
    limits = Limits(days=min_days, bloat_bytes=min_bloat * MEGABYTE)
    extended = settings.extended[0] if settings.extended else "prisma/schema.extended.prisma"
    found = examine(
        target.url,
        catalog,
        limits,
        extended=extended,
        migrations=migrations_folder(settings),
        progress=on_stderr,
    )
    if as_json:
        echo_json({"database": target.described(settings.root), **found.as_json()})
    else:
        _tell(found, extended, show_all=show_all, vendor=vendor)
    return ExitCode.PROBLEMS if found.has_problems(strict=strict) else ExitCode.FINE


def _catalog(settings: Settings) -> Catalog | None:
    """The merged schema; None where its files do not stand beside the database, as on a server."""
    if not settings.base.exists():
        say(f"{shown_path(settings.base)} is not here: findings are told without the lines of the schema")
        return None
    from kaven_schema.project import Project

    return Project(settings).compile().catalog


def _tell(found: Examination, extended: str, *, show_all: bool, vendor: bool) -> None:
    click.echo(found.headline())
    if show_all:
        _list(found)
    shown = [one for one in found.findings if vendor or one.is_mendable]
    if shown:
        click.echo()
        echo_report([one.diagnostic() for one in shown], summary=False)
    for model, lines in found.additions().items():
        click.echo()
        click.echo("\n".join([f"// {extended}", f"model {model} {{", *(f"  {line}" for line in lines), "}"]))
    if shown:
        click.echo()
    for note in found.notes():
        click.echo(f"note: {note}")
    if hidden := len(found.findings) - len(shown):
        click.echo(f"note: {hidden} more only the vendor can mend: kaven db indexes --vendor")
    if not shown:
        click.echo("nothing to mend")


def _list(found: Examination) -> None:
    from kaven_schema.operations.indexes.sizes import shown_size

    ordered = sorted(found.database.indexes, key=lambda index: -index.size)
    width = max((len(index.name) for index in ordered), default=0)
    for index in ordered:
        uses = f"{index.scans} uses"
        click.echo(f"  {index.name:<{width}}  {shown_size(index.size):>9}  {uses:>14}  {index.table}")
