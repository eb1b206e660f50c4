"""Diagnostics for people and for machines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kaven_schema.diagnostics import Diagnostic
from kaven_schema.reporting.order import as_diagnostic, in_order, summary

FORMATS = ("text", "json", "github", "sarif")

__all__ = ["FORMATS", "as_diagnostic", "in_order", "render", "summary"]


def render(
    format: str,
    diagnostics: Iterable[Diagnostic],
    *,
    root: Path | None = None,
    colour: bool = False,
    version: str = "",
) -> str:
    """A whole report in one of FORMATS, ending in a line break.

    `root` is what the machine formats make paths relative to, by default the working folder; `colour` is for
    text alone, `version` (this program's) for SARIF.
    """
    if format == "json":
        from kaven_schema.reporting import json

        return json.render(diagnostics, root=root)
    if format == "github":
        from kaven_schema.reporting import github

        return github.render(diagnostics, root=root)
    if format == "sarif":
        from kaven_schema.reporting import sarif

        return sarif.render(diagnostics, root=root, version=version)
    from kaven_schema.reporting import text

    return text.render(diagnostics, colour=colour)
