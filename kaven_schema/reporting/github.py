"""Diagnostics as workflow commands, which GitHub Actions shows at the line of a pull request."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kaven_schema.diagnostics import Diagnostic
from kaven_schema.reporting.order import in_order
from kaven_schema.reporting.places import place_of, relative_path, without_line_break

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(diagnostics: Iterable[Diagnostic], *, root: Path | None = None) -> str:
    """One line each; paths are relative to `root`, which should be the repository's."""
    return "".join(_command(found, root) + "\n" for found in in_order(diagnostics))


def _command(found: Diagnostic, root: Path | None) -> str:
    properties = _location(found, root) | {"title": found.rule}
    written = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in properties.items())
    return f"::{found.severity.value} {written}::{_message(found, root).translate(_DATA)}"


def _location(found: Diagnostic, root: Path | None) -> dict[str, str]:
    if not found.labels:
        return {}
    label = found.labels[0]
    span = without_line_break(label.source, label.span)
    place = place_of(label.source, span, relative_path(label.source.path, root))
    properties = {"file": place.path, "line": str(place.line), "endLine": str(place.end_line)}
    if place.line == place.end_line:  # columns mean something to GitHub only within one line
        properties |= {"col": str(place.column), "endColumn": str(place.end_column)}
    return properties


def _message(found: Diagnostic, root: Path | None) -> str:
    lines = [found.message]
    for label in found.labels[1:]:
        place = place_of(label.source, label.span, relative_path(label.source.path, root))
        lines.append(f"{place.path}:{place.line}:{place.column}: {label.text}")
    if found.help:
        lines.append(f"help: {found.help}")
    return "\n".join(lines)
