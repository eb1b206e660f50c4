"""Diagnostics as JSON. The shape is a promise; a change that breaks readers raises `version`.

    {"version": 1,
     "diagnostics": [
       {"rule": "field_not_redeclared", "severity": "error" | "warning", "message": "…", "help": "…",
        "location": LOCATION | null, "related": [LOCATION, …],
        "fix": {"title": "…", "edits": [{"path" to "endOffset" of LOCATION, "replacement": "…"}, …]} | null}],
     "summary": {"errors": 1, "warnings": 0}}

    LOCATION = {"path": "prisma/schema.extended.prisma", "line": 3, "column": 3, "endLine": 3, "endColumn": 8,
                "offset": 41, "endOffset": 46, "text": "declared again here"}

Lines and columns count from 1, offsets from 0, all in characters (code points); ends are exclusive. Paths use
`/` and are relative to the project's root, absolute outside of it. `help` and `text` may be empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kaven_schema.diagnostics import Diagnostic, Fix, Label, Severity
from kaven_schema.reporting.order import in_order
from kaven_schema.reporting.places import place_of, relative_path
from kaven_schema.source import Source, Span

SHAPE_VERSION = 1


def render(diagnostics: Iterable[Diagnostic], *, root: Path | None = None) -> str:
    found = in_order(diagnostics)
    severities = [one.severity for one in found]
    report = {
        "version": SHAPE_VERSION,
        "diagnostics": [_diagnostic(one, root) for one in found],
        "summary": {
            "errors": severities.count(Severity.ERROR),
            "warnings": severities.count(Severity.WARNING),
        },
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _diagnostic(found: Diagnostic, root: Path | None) -> dict[str, Any]:
    labels = [_label(label, root) for label in found.labels]
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "message": found.message,
        "help": found.help,
        "location": labels[0] if labels else None,
        "related": labels[1:],
        "fix": _fix(found.fix, root) if found.fix else None,
    }


def _label(label: Label, root: Path | None) -> dict[str, Any]:
    return {**_location(label.source, label.span, root), "text": label.text}


def _fix(fix: Fix, root: Path | None) -> dict[str, Any]:
    edits = [
        {**_location(edit.source, edit.span, root), "replacement": edit.replacement} for edit in fix.edits
    ]
    return {"title": fix.title, "edits": edits}


def _location(source: Source, span: Span, root: Path | None) -> dict[str, Any]:
    place = place_of(source, span, relative_path(source.path, root))
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
        "offset": place.offset,
        "endOffset": place.end_offset,
    }
