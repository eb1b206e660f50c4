"""kaven format"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from kaven_schema.cli.output import echo_report, say
from kaven_schema.cli.parse import project_dialect
from kaven_schema.diagnostics import ExitCode
from kaven_schema.files import read_source, shown_path, write_atomically
from kaven_schema.source import Source
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.document import read_document
from kaven_schema.syntax.printer import format_schema


@click.command("format", short_help="lay out schema files as Prisma's formatter does")
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path())
@click.option("--check", "check_only", is_flag=True, help="Write nothing; exit 1 if a file would change.")
@click.option("--stdout", is_flag=True, help="Write nothing; print the result.")
@click.option(
    "--prisma", type=click.Choice(["5.17", "6", "7"]), help="Dialect.  [default: the project's, or 5.17]"
)
def command(files: tuple[str, ...], check_only: bool, stdout: bool, prisma: str | None) -> int:
    """Lay out schema files as Prisma's formatter does. Nothing is invented, and no comment is dropped.

    \b
    Example:
      kaven format prisma/schema.extended.prisma
      kaven format --check prisma/*.prisma
    """
    dialect = cast("Dialect", prisma or project_dialect())
    worst = ExitCode.FINE
    for file in files:
        source = read_source(Path(file), on_command_line=True)
        text = _formatted(source, dialect)
        if text is None:
            worst = ExitCode.PROBLEMS
        elif stdout:
            click.echo(text, nl=False)
        elif text != source.text:
            _apply(Path(file), text, check_only=check_only)
            worst = ExitCode.PROBLEMS if check_only else worst
    return worst


def _formatted(source: Source, dialect: Dialect) -> str | None:
    document = read_document(source, dialect)
    if diagnostics := document.diagnostics():
        echo_report(diagnostics, err=True)
        return None
    return format_schema(document.schema())


def _apply(path: Path, text: str, *, check_only: bool) -> None:
    if check_only:
        say(f"{shown_path(path)} would change: run `kaven format {shown_path(path)}`")
    else:
        write_atomically(path, text, root=path.absolute().parent)
        say(f"{shown_path(path)} formatted")
