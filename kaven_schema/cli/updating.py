"""What an update says of its plan, to people and to machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from kaven_schema.files import shown_path
from kaven_schema.update.plan import Addition, Step
from kaven_schema.update.release import Release
from kaven_schema.update.updating import Update, file_changes

if TYPE_CHECKING:
    from pathlib import Path

_MOST_LINES = 12
_SAYS_NOTHING = "documentation_changed"


def plan_lines(update: Update) -> Iterator[str]:
    """The plan for people."""
    plan = update.plan
    if not plan.steps:
        yield f"{update.installed.lock.release} is installed: nothing to update"
    for step in plan.steps:
        manifest = step.release.manifest
        yield f"{manifest.name} {manifest.version} ({manifest.date})"
        yield from (f"  {line}" for line in manifest.notes.strip().splitlines())
        yield from _list("the vendor adds", _said(step.additions))
        yield from _list("and changes, without a trace in the database", _changed(step.additions))
        yield from _list("of that, to blocks that extended re-opens", _said(step.touching))
        yield from _list("already in extended, moves to base", [one.path for one in step.adoptions])
    brought = update.bringing
    names = [_migration_line(one.locked.name, one.left_out) for one in brought.migrations]
    yield from _list("migrations that come, behind all that are there", names)
    if brought.skipped and plan.steps:
        yield f"  no migration comes: {brought.skipped}"


def _list(title: str, items: Iterable[str]) -> Iterator[str]:
    found = list(items)
    if found:
        yield f"  {title}:"
        yield from (f"    {item}" for item in found[:_MOST_LINES])
        if len(found) > _MOST_LINES:
            yield f"    … and {len(found) - _MOST_LINES} more: see --json"


def _said(additions: Iterable[Addition]) -> list[str]:
    return [
        f"{one.kind.replace('_', ' ').removesuffix(' added')} {one.path}"
        for one in additions
        if one.kind.endswith("_added")
    ]


def _changed(additions: Iterable[Addition]) -> list[str]:
    return [
        f"{one.path}: {one.message}"
        for one in additions
        if not one.kind.endswith("_added") and one.kind != _SAYS_NOTHING
    ]


def _migration_line(name: str, left_out: tuple[str, ...]) -> str:
    return f"{name} (without {', '.join(left_out)})" if left_out else name


def plan_json(update: Update, state: str, root: Path) -> dict[str, Any]:
    """A value for `json.dumps`. The shape is a promise; a change that breaks readers raises `version`.

    {"version": 1, "state": "current" | "possible" | "refused" | "updated",
     "installed": "1.0.0", "target": "2.0.0",
     "steps": [{"version", "date", "notes", "additions": [{"kind", "path", "message"}],
                "touching": ["User.nick"], "adopted": ["User.nick"],
                "breaks": [{"rule", "path", "message"}]}],
     "migrations": [{"name", "shipped", "release", "leftOut": []}],
     "files": ["prisma/schema.base.prisma"],
     "diagnostics": the `diagnostics` of `kaven check --format json`,
     "summary": {"vendor_field_kept": 2}}
    """
    import json

    from kaven_schema.reporting import render

    report = json.loads(render("json", update.diagnostics, root=root))
    changes = file_changes(update) if update.is_clear else ()
    return {
        "version": 1,
        "state": state,
        "installed": str(update.installed.lock.release),
        "target": str(update.target.version),
        "steps": [_step(step) for step in update.plan.steps],
        "migrations": [
            {
                "name": one.locked.name,
                "shipped": one.locked.shipped,
                "release": one.locked.release,
                "leftOut": list(one.left_out),
            }
            for one in update.bringing.migrations
        ],
        "files": [shown_path(change.path) for change in changes if change.is_change],
        "diagnostics": report["diagnostics"],
        "summary": dict(Counter(found.rule for found in update.diagnostics)),
    }


def _step(step: Step) -> dict[str, Any]:
    release: Release = step.release
    return {
        "version": str(release.version),
        "date": release.manifest.date.isoformat(),
        "notes": release.manifest.notes,
        "additions": [
            {"kind": one.kind, "path": one.path, "message": one.message}
            for one in step.additions
            if one.kind != _SAYS_NOTHING
        ],
        "touching": [one.path for one in step.touching],
        "adopted": [one.path for one in step.adoptions],
        "breaks": [{"rule": one.rule, "path": one.path, "message": one.message} for one in step.breaks],
    }
