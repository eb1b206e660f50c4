"""What commands print: reports on stderr or stdout, in colour only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from kaven_schema import __version__
from kaven_schema.diagnostics import Diagnostic, ExitCode, Severity


def wants_colour(*, err: bool) -> bool:
    stream = sys.stderr if err else sys.stdout
    return (
        bool(stream and stream.isatty())
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


def echo_report(
    diagnostics: Sequence[Diagnostic],
    *,
    format: str = "text",
    root: Path | None = None,
    err: bool = False,
    summary: bool = True,
) -> None:
    """A report in one of `reporting.FORMATS`. As text nothing is said of nothing unless `summary`."""
    from kaven_schema.reporting import render

    if format == "text" and not diagnostics and not summary:
        return
    colour = wants_colour(err=err)
    report = render(format, diagnostics, root=root, colour=colour, version=__version__)
    if format == "text" and not summary:
        report = report.rstrip("\n").rpartition("\n\n")[0] + "\n"
    click.echo(report, nl=False, err=err, color=colour)


def echo_errors(diagnostics: Sequence[Diagnostic]) -> None:
    """On stderr every error, and of warnings only how many: a command that writes is no place to read them all."""
    errors = [found for found in diagnostics if found.severity is Severity.ERROR]
    echo_report(errors, err=True, summary=bool(errors))
    if warnings := sum(found.severity is Severity.WARNING for found in diagnostics):
        say(f"{warnings} warning{'s' * (warnings != 1)}: see `kaven check`")


def exit_code(diagnostics: Sequence[Diagnostic]) -> ExitCode:
    from kaven_schema.pipeline import has_errors

    return ExitCode.PROBLEMS if has_errors(diagnostics) else ExitCode.FINE


def say(message: str) -> None:
    """A line for people, beside the results on stdout."""
    click.echo(message, err=True)


def echo_json(value: object) -> None:
    import json

    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
