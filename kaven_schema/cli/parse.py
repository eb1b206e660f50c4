"""kaven parse"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from kaven_schema.cli.output import echo_json, echo_report
from kaven_schema.diagnostics import Diagnostic, ExitCode
from kaven_schema.files import read_source
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.document import Document, read_document


@click.command("parse", short_help="say whether the syntax of schema files is right")
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print the trees, and the errors, as JSON.")
@click.option(
    "--prisma", type=click.Choice(["5.17", "6", "7"]), help="Dialect.  [default: the project's, or 5.17]"
)
def command(files: tuple[str, ...], as_json: bool, prisma: str | None) -> int:
    """Read schema files and say whether their syntax is right: exit 0 or 1.

    \b
    Example:
      kaven parse prisma/schema.extended.prisma
      kaven parse --json prisma/schema.base.prisma | jq '.files[0].items[].name'
    """
    dialect = prisma or project_dialect()
    documents = [
        read_document(read_source(Path(file), on_command_line=True), cast("Dialect", dialect))
        for file in files
    ]
    diagnostics = [found for document in documents for found in document.diagnostics()]
    if as_json:
        echo_json(_as_json(documents, diagnostics))
    else:
        echo_report(diagnostics, err=True, summary=bool(diagnostics))
    return ExitCode.PROBLEMS if diagnostics else ExitCode.FINE


def project_dialect() -> str:
    from kaven_schema.config import load_settings

    return load_settings(Path.cwd()).prisma


def _as_json(documents: list[Document], diagnostics: list[Diagnostic]) -> dict[str, object]:
    import json

    from kaven_schema.reporting import render
    from kaven_schema.syntax.dump import dump_document

    return {
        "files": [dump_document(document) for document in documents],
        **json.loads(render("json", diagnostics)),
    }
