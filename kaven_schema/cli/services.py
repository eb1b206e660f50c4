"""kaven services"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.output import echo_json, say
from kaven_schema.config import load_settings
from kaven_schema.diagnostics import ExitCode

if TYPE_CHECKING:
    from kaven_schema.services.rules import Written

_PARTS = click.Choice(["numbering", "history", "money", "audit", "tenants"])


@click.group("services", short_help="what the services ask of schema and database: init, rules")
def command() -> None:
    """What the services ask of the schema and of the database.

    \b
    Example:
      kaven services init
      kaven migrate dev
      kaven services rules --write
      kaven migrate deploy
    """


@command.command("init", short_help="add services.extended.prisma to the project")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def init(as_json: bool) -> int:
    """Write services.extended.prisma beside base, and name it in `extended` of the settings. What is there stays.

    \b
    Example:
      kaven services init
      kaven migrate dev
    """
    from kaven_schema.files import shown_path
    from kaven_schema.services.schema import add_services_schema

    added = add_services_schema(load_settings(Path.cwd()))
    settings = added.settings and shown_path(added.settings)
    if as_json:
        echo_json({"file": shown_path(added.file), "written": added.is_new, "settings": settings})
        return ExitCode.FINE
    say(f"{shown_path(added.file)} {'written' if added.is_new else 'is there already: left as it is'}")
    if settings:
        say(f"{settings}: {added.line}")
    say("next: kaven migrate dev; then the rules in SQL: kaven services rules --write")
    return ExitCode.FINE


@command.command("rules", short_help="print the rules, or write their migration")
@click.option("--write", "is_written", is_flag=True, help="Write a migration of what no migration has yet.")
@click.option(
    "--part", "parts", type=_PARTS, multiple=True, help="Only this part; repeatable.  [default: all]"
)
@click.option(
    "--role",
    "roles",
    metavar="ROLE",
    multiple=True,
    help="Who the application connects as, and may only add to the audit log.  [default: kaven_app]",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def rules(is_written: bool, parts: tuple[str, ...], roles: tuple[str, ...], as_json: bool) -> int:
    """Numbers without gaps, histories that nobody changes, totals that add up: as SQL, for the tables' owner.

    \b
    Example:
      kaven services rules --write
      kaven services rules --part audit --role app
    """
    from kaven_schema.services.rules import APPLICATION_ROLES, rules_script, write_rules

    if as_json and not is_written:
        raise click.UsageError("SQL is printed as it is: --json goes with --write")
    who = roles or APPLICATION_ROLES
    if not is_written:
        click.echo(rules_script(parts, who), nl=False)
        return ExitCode.FINE
    settings = load_settings(Path.cwd())
    written = write_rules(settings.output.parent / "migrations", parts, who, root=settings.root)
    if as_json:
        echo_json(_as_json(written))
    else:
        _tell(written)
    return ExitCode.FINE


def _as_json(written: Written) -> dict[str, object]:
    from kaven_schema.files import shown_path

    path = written.migration and shown_path(written.migration.path)
    return {"written": path, "parts": list(written.parts)}


def _tell(written: Written) -> None:
    from kaven_schema.files import shown_path

    if written.migration is None:
        say("nothing to write: the migrations have these rules")
        return
    say(f"{shown_path(written.migration.path)} written: {', '.join(written.parts)}")
    say("apply it: kaven migrate deploy")
