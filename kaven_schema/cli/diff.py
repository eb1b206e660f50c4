"""kaven diff"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from kaven_schema.cli.output import echo_json, echo_report, wants_colour
from kaven_schema.cli.parse import project_dialect
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import read_source
from kaven_schema.source import Source
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.document import Document, read_document


@click.command("diff", short_help="the differences between two schemas, by meaning")
@click.argument("old", type=click.Path())
@click.argument("new", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option(
    "--prisma", type=click.Choice(["5.17", "6", "7"]), help="Dialect.  [default: the project's, or 5.17]"
)
def command(old: str, new: str, as_json: bool, prisma: str | None) -> int:
    """Compare two schemas by meaning; each change is safe, needs care, or is breaking: then exit 1.

    OLD and NEW are files, or `REVISION:PATH` of the git repository here.

    \b
    Example:
      kaven diff vendor-1.prisma vendor-2.prisma
      kaven diff HEAD~1:prisma/schema.prisma prisma/schema.prisma
    """
    dialect = cast("Dialect", prisma or project_dialect())
    documents = [read_document(_source(name), dialect) for name in (old, new)]
    if syntax := [found for document in documents for found in document.diagnostics()]:
        echo_report(syntax, err=True)
        return ExitCode.PROBLEMS
    return _echo_changes(*documents, as_json=as_json)


def _echo_changes(old: Document, new: Document, *, as_json: bool) -> int:
    from kaven_schema.compare import Severity, compare, render_json, render_text

    changes = compare(old, new)
    if as_json:
        echo_json(render_json(changes))
    else:
        click.echo(render_text(changes, color=wants_colour(err=False)), nl=False)
    breaking = any(change.severity is Severity.BREAKING for change in changes)
    return ExitCode.PROBLEMS if breaking else ExitCode.FINE


def _source(name: str) -> Source:
    revision, colon, path = name.partition(":")
    if colon and not Path(name).exists():
        return _from_git(revision, path)
    return read_source(Path(name), on_command_line=True)


def _from_git(revision: str, path: str) -> Source:
    import subprocess

    try:
        shown = subprocess.run(["git", "show", f"{revision}:./{path}"], capture_output=True, check=True)
        return Source(f"{revision}:{path}", shown.stdout.decode("utf-8"))
    except FileNotFoundError:
        raise KavenError("git_missing", "git is not installed", help="install git, or name files") from None
    except UnicodeDecodeError:
        raise KavenError(
            "file_not_utf8", f"{revision}:{path} is not UTF-8", help="name another revision"
        ) from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise KavenError(
            "git_revision_unknown",
            f"{revision}:{path}: {reason[-1] if reason else 'git cannot show it'}",
            help="name a file, or a revision and a path that `git show` knows",
            exit_code=ExitCode.WRONG_USE,
        ) from None
