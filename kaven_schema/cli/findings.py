"""How the lines of an examination are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.output import wants_colour
from kaven_schema.diagnostics import ExitCode

if TYPE_CHECKING:
    from kaven_schema.operations.health.finding import Finding


def echo_finding(finding: Finding) -> None:
    """One line, and one below it that says what to do."""
    colour = wants_colour(err=False)
    word = (
        click.style(f"{finding.colour.value:<6}", fg=finding.colour.value)
        if colour
        else f"{finding.colour.value:<6}"
    )
    click.echo(f"{word}  {finding.check}: {finding.what}", color=colour)
    if finding.do:
        click.echo(f"        do: {finding.do}")


def as_json(findings: Sequence[Finding]) -> dict[str, object]:
    from kaven_schema.operations.health.finding import worst

    return {"colour": worst(findings).value, "findings": [finding.as_json() for finding in findings]}


def findings_code(findings: Sequence[Finding], *, strict: bool = False) -> ExitCode:
    from kaven_schema.operations.health.finding import Colour, worst

    bad = (Colour.RED, Colour.YELLOW) if strict else (Colour.RED,)
    return ExitCode.PROBLEMS if worst(findings) in bad else ExitCode.FINE
