"""Diagnostics as SARIF 2.1.0, for code scanning and editors."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from kaven_schema.diagnostics import Diagnostic, Edit, Fix, Label
from kaven_schema.reporting.order import in_order
from kaven_schema.reporting.places import place_of, relative_path
from kaven_schema.source import Source, Span

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(diagnostics: Iterable[Diagnostic], *, root: Path | None = None, version: str = "") -> str:
    """Paths become URIs relative to `root`, which should be the repository's; `version` is this program's."""
    found = in_order(diagnostics)
    rules = sorted({one.rule for one in found})
    driver = {"name": "kaven-schema", "rules": [_rule(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver | ({"version": version} if version else {})},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\r", "\n"],
        "results": [_result(one, rules.index(one.rule), root) for one in found],
    }
    report = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _rule(slug: str) -> dict[str, Any]:
    """A slug states what has to hold, so it is the description."""
    return {
        "id": slug,
        "shortDescription": {"text": slug.replace("_", " ")},
        "help": {"text": f"kaven explain {slug}"},
    }


def _result(found: Diagnostic, rule_index: int, root: Path | None) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": found.rule,
        "ruleIndex": rule_index,
        "level": found.severity.value,
        "message": {"text": "\n".join(filter(None, (found.message, found.help)))},
    }
    locations = [_location(label, root) for label in found.labels]
    if locations:
        result["locations"] = locations[:1]
    if locations[1:]:
        result["relatedLocations"] = [{"id": n} | other for n, other in enumerate(locations[1:], 1)]
    if found.fix:
        result["fixes"] = [_fix(found.fix, root)]
    return result


def _location(label: Label, root: Path | None) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": _artifact(label.source.path, root),
            "region": _region(label.source, label.span),
        }
    }
    return location | ({"message": {"text": label.text}} if label.text else {})


def _artifact(path: str, root: Path | None) -> dict[str, str]:
    from urllib.parse import quote

    named = relative_path(path, root)
    if named.startswith("/") or named[1:2] == ":":
        return {"uri": "file:///" + quote(named.lstrip("/"), safe="/:")}
    return {"uri": quote(named), "uriBaseId": "%SRCROOT%"}


def _region(source: Source, span: Span) -> dict[str, int]:
    place = place_of(source, span)
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
        "charOffset": place.offset,
        "charLength": place.end_offset - place.offset,
    }


def _fix(fix: Fix, root: Path | None) -> dict[str, Any]:
    edits = sorted(fix.edits, key=lambda edit: (edit.source.path, edit.span.start))
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(path, root),
                "replacements": [_replacement(edit) for edit in group],
            }
            for path, group in groupby(edits, key=lambda edit: edit.source.path)
        ],
    }


def _replacement(edit: Edit) -> dict[str, Any]:
    return {
        "deletedRegion": _region(edit.source, edit.span),
        "insertedContent": {"text": edit.replacement},
    }
