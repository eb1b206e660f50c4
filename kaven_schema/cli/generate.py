"""kaven generate"""

from __future__ import annotations

import click

from kaven_schema.cli.check import ask_prisma
from kaven_schema.cli.generating import generate_client
from kaven_schema.cli.options import open_project, project_options
from kaven_schema.cli.output import echo_errors, exit_code, say
from kaven_schema.diagnostics import ExitCode
from kaven_schema.pipeline import has_errors
from kaven_schema.project import shown_path


@click.command("generate", short_help="merge, and generate the typed Python client")
@project_options
@click.option("--client/--no-client", default=True, help="Generate the Python client.  [default: client]")
def command(
    base: str | None, extended: tuple[str, ...], output: str | None, prisma: str | None, client: bool
) -> int:
    """Merge, ask Prisma's validator, and generate the typed Python client.

    \b
    Example:
      kaven generate
    """
    project = open_project(base, extended, output, prisma)
    merged = project.compile()
    diagnostics = merged.diagnostics
    if merged.is_valid:
        diagnostics += ask_prisma(project, merged)
    echo_errors(diagnostics)
    if has_errors(diagnostics):
        return exit_code(diagnostics)
    run = project.merge()
    if run.kept:
        say(
            f"{shown_path(project.output)} had been edited by hand; that text is kept in {shown_path(run.kept)}"
        )
    say(f"{shown_path(project.output)} {'written' if run.changed else 'is up to date'}")
    if client:
        generate_client(project, is_asked_for=True)
    return ExitCode.FINE
