"""kaven migrate lint"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from kaven_schema.cli.output import echo_report, exit_code
from kaven_schema.config import load_settings


@click.command("lint", short_help="whether the migrations only add")
@click.argument("folders", metavar="[FOLDER]…", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--format",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="How to report.",
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day on which accepted breaks are judged.  [default: today, in UTC]",
)
def lint(folders: tuple[Path, ...], as_json: bool, format: str, today: datetime | None) -> int:
    """Judge the SQL of migrations: what breaks running code, loses data, or locks tables.

    A FOLDER is a folder of migrations, by default the project's, or that of one migration, which is judged after
    those beside it. Breaks that are meant stand in accepted-breaks.toml beside the migrations.

    \b
    Example:
      kaven migrate lint
      kaven migrate lint prisma/migrations/20260102030405_dev_add_company
      kaven migrate lint --format github
    """
    from kaven_schema.database.lint import lint_folder

    settings = load_settings(Path.cwd())
    day: date = (today or datetime.now(UTC)).date()
    chosen = folders or (settings.output.parent / "migrations",)
    found = tuple(diagnostic for folder in chosen for diagnostic in lint_folder(folder, today=day))
    echo_report(found, format="json" if as_json else format, root=settings.root)
    return exit_code(found)
