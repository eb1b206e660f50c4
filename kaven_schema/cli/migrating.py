"""What the commands of `kaven migrate` share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from kaven_schema.cli.output import echo_report, exit_code, say
from kaven_schema.config import Settings
from kaven_schema.diagnostics import Diagnostic, ExitCode, Severity

if TYPE_CHECKING:
    from kaven_schema.database.migrations.folder import MigrationsFolder
    from kaven_schema.database.target import Target
    from kaven_schema.engines.schema_engine import SchemaFiles
    from kaven_schema.project import Project

_SHOWN_DRIFT = 40
_ACCEPTED_DAYS = 365


def migrations_folder(settings: Settings) -> MigrationsFolder:
    """Beside the generated schema, where Prisma looks for it."""
    from kaven_schema.database.migrations.folder import read_folder

    return read_folder(settings.output.parent / "migrations")


def owner_target(settings: Settings) -> Target:
    """The database, as whoever migrates it sees it."""
    from kaven_schema.database.embedded.roles import Role
    from kaven_schema.database.target import find_target
    from kaven_schema.engines.progress import on_stderr

    return find_target(settings, Role.OWNER, progress=on_stderr)


def chosen_target(settings: Settings) -> Target:
    """The same, for what makes sense only of a database that is there: none is started just to be asked."""
    from kaven_schema.database.target import BY_STARTING_IT, check_chosen

    check_chosen(settings, otherwise=BY_STARTING_IT)
    return owner_target(settings)


def merged_state(settings: Settings) -> SchemaFiles:
    """What base and extended merge to; that the output holds something else is only said.

    Leaves by exit code 1 where they cannot be merged.
    """
    from kaven_schema.database.migrations.states import schema_state
    from kaven_schema.files import shown_path
    from kaven_schema.project import Project
    from kaven_schema.source import Source

    project = Project(settings)
    merged = project.compile()
    if not merged.is_valid:
        echo_report(merged.diagnostics, err=True)
        raise click.exceptions.Exit(ExitCode.PROBLEMS)
    path = shown_path(project.output)
    if project.written() != merged.text:
        stale = f"{path} is not what base and extended give; what they give is compared"
        echo_report(
            [Diagnostic("output_stale", Severity.WARNING, stale, (), "kaven merge")], err=True, summary=False
        )
    return schema_state(Source(path, merged.text))


def accepted_days(expires: datetime | None) -> dict[str, date]:
    """Until when a command accepts what its own migrations break: for a year, unless its user says otherwise."""
    today = datetime.now(UTC).date()
    return {"today": today, "expires": expires.date() if expires else today + timedelta(days=_ACCEPTED_DAYS)}


@contextmanager
def prisma_refusals_told(project: Project) -> Iterator[None]:
    """What Prisma's engine says of the merged schema, told at the lines of base and extended instead."""
    from kaven_schema.engines.schema_engine import SchemaEngineError

    try:
        yield
    except SchemaEngineError:
        from kaven_schema.cli.check import ask_prisma

        verdict = ask_prisma(project, project.compile(), tell=False)
        if exit_code(verdict) is ExitCode.FINE:
            raise
        echo_report(verdict, err=True, summary=False)
        raise click.exceptions.Exit(ExitCode.PROBLEMS) from None


def deployment_code(diagnostics: Sequence[Diagnostic]) -> ExitCode:
    """A full disk is no fault of the migration that met it."""
    if any(found.rule == "disk_full" for found in diagnostics):
        return ExitCode.ENVIRONMENT
    return exit_code(diagnostics)


def echo_drift(drift: Sequence[str]) -> None:
    for line in drift[:_SHOWN_DRIFT]:
        say(f"  {line}")
    if len(drift) > _SHOWN_DRIFT:
        say(f"  … and {len(drift) - _SHOWN_DRIFT} more")


def json_report(diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    from kaven_schema.reporting import render

    report: dict[str, Any] = json.loads(render("json", diagnostics))
    return report


def echo_ways_on(diagnostics: Sequence[Diagnostic], folder: MigrationsFolder) -> None:
    """What to do about migrations that the lint refused; nothing where it refused none."""
    if not diagnostics:
        return
    from kaven_schema.database.lint import ways_on

    if text := ways_on(diagnostics, folder.path):
        say(f"\n{text}")
