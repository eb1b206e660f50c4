"""Changes for people, and for programs.

breaking  User.legacy
          field_removed: the column `legacy` goes, with its values
          at old.prisma:12:3
          possibly renamed to `notes`: `notes … @map("legacy")` would keep the column
safe      User.nickname
          field_added: rows that exist hold nothing in it
          at new.prisma:14:3

1 breaking, 1 safe
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kaven_schema.compare.change import Change, Severity
from kaven_schema.diagnostics import Label
from kaven_schema.reporting.cells import one_line
from kaven_schema.reporting.places import place_of, relative_path

SHAPE_VERSION = 1
_WORST_FIRST = (Severity.BREAKING, Severity.CARE, Severity.SAFE)
_COLOURS = {Severity.BREAKING: "1;31", Severity.CARE: "1;33", Severity.SAFE: "1;32"}
_COUNTED = {Severity.BREAKING: "breaking", Severity.CARE: "with care", Severity.SAFE: "safe"}
_MARGIN = 10


def render_text(changes: Iterable[Change], *, color: bool = False) -> str:
    """Every change, the worst first, and a summary line."""
    found = sorted(changes, key=lambda change: _WORST_FIRST.index(change.severity))
    if not found:
        return "no difference in meaning\n"
    lines = [line for change in found for line in _lines(change, color)]
    return "\n".join([*lines, "", _summary(found)]) + "\n"


def _lines(change: Change, color: bool) -> Iterator[str]:
    name = f"{change.severity.value:<{_MARGIN}}"
    head = f"\x1b[{_COLOURS[change.severity]}m{name}\x1b[0m" if color else name
    path = one_line(change.path)
    yield head + (f"\x1b[1m{path}\x1b[0m" if color else path)
    said = [f"{change.kind}: {change.message}"]
    label = change.new or change.old
    if label:
        place = place_of(label.source, label.span)
        said.append(f"at {place.path}:{place.line}:{place.column}")
    said += [change.note] if change.note else []
    yield from (" " * _MARGIN + one_line(line) for line in said)


def _summary(changes: Sequence[Change]) -> str:
    severities = [change.severity for change in changes]
    counts = ((severities.count(severity), _COUNTED[severity]) for severity in _WORST_FIRST)
    return ", ".join(f"{count} {counted}" for count, counted in counts if count)


def render_json(changes: Iterable[Change]) -> dict[str, Any]:
    """A value for `json.dumps`. The shape is a promise; a change that breaks readers raises `version`.

        {"version": 1,
         "changes": [{"kind": "field_removed", "path": "User.legacy", "severity": "safe" | "care" | "breaking",
                      "message": "…", "note": "…", "old": LOCATION | null, "new": LOCATION | null}],
         "summary": {"breaking": 1, "care": 0, "safe": 0}}

        LOCATION = {"path": "old.prisma", "line": 12, "column": 3, "endLine": 12, "endColumn": 9}

    Lines and columns count from 1, in characters; ends are exclusive.
    """
    found = list(changes)
    severities = [change.severity for change in found]
    return {
        "version": SHAPE_VERSION,
        "changes": [_change(change) for change in found],
        "summary": {severity.value: severities.count(severity) for severity in _WORST_FIRST},
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "path": change.path,
        "severity": change.severity.value,
        "message": change.message,
        "note": change.note,
        "old": _location(change.old) if change.old else None,
        "new": _location(change.new) if change.new else None,
    }


def _location(label: Label) -> dict[str, Any]:
    place = place_of(label.source, label.span, relative_path(label.source.path, None))
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
