"""A base that somebody has edited: what was changed, and where it belongs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from kaven_schema.config import Settings
from kaven_schema.diagnostics import Diagnostic, KavenError, Label, Severity
from kaven_schema.files import read_source, shown_path
from kaven_schema.source import Source, Span
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.update.kept import read_kept_base
from kaven_schema.update.lock import Lock, read_lock
from kaven_schema.update.release.release import text_digest

RULE = "base_as_released"
_RESTORE = "kaven update --restore-base"


def check_installed(settings: Settings, base: Source) -> tuple[Diagnostic, ...]:
    """What `kaven check` has to say of base and of the vendor's migrations; nothing where no release is installed."""
    lock = read_lock(settings.root)
    if lock is None:
        return ()
    try:
        shipped = read_kept_base(settings, lock)
    except KavenError as error:
        return (Diagnostic(error.rule, Severity.ERROR, error.message, help=error.help),)
    return (*hand_edits(base, shipped, settings), *_edited_migrations(settings, lock))


def _edited_migrations(settings: Settings, lock: Lock) -> Iterator[Diagnostic]:
    """A warning: `kaven migrate deploy` refuses what was edited after it ran, and squashing takes some away."""
    folder = settings.output.parent / "migrations"
    for one in lock.migrations:
        script = folder / one.name / "migration.sql"
        source = read_source(script) if script.is_file() else None
        if source and text_digest(source.text) == one.sha256:
            continue
        yield Diagnostic(
            "vendor_migration_as_brought",
            Severity.WARNING,
            f"{one.name} of {one.release} {'was edited' if source else 'is missing'}",
            (Label(source, Span(0, len(source.line_text(1)))),) if source else (),
            f"restore it from version control: git checkout -- {shown_path(script)}; if it is meant, take its "
            "[[migration]] out of kaven.lock",
        )


def hand_edits(base: Source, shipped: Source, settings: Settings) -> tuple[Diagnostic, ...]:
    """One diagnostic for each declaration that was changed; of comments and layout alone, one for the first line."""
    if base.text.replace("\r\n", "\n") == shipped.text.replace("\r\n", "\n"):
        return ()
    from kaven_schema.syntax.document import read_document
    from kaven_schema.update.plan.breaks import vendor_changes

    dialect = cast("Dialect", settings.prisma)
    edited = read_document(base, dialect)
    if edited.diagnostics():
        return (
            _edit(_first_difference(base, shipped), "cannot be read any more", f"put it back: {_RESTORE}"),
        )
    changes = vendor_changes(read_document(shipped, dialect), edited)
    found = [
        _edit(
            one.label or _top(base),
            f"`{one.path}` was added by hand",
            _whither(one.path, settings),
        )
        for one in changes.additions
        if one.kind != "documentation_changed"
    ]
    for broken in changes.breaks:
        inside = [label for label in broken.labels if label.source is base]
        help_line = f"only the vendor changes base; put it back: {_RESTORE}"
        found.append(_edit((inside or [_top(base)])[0], f"{broken.message}, by hand", help_line))
    return tuple(found) or (
        _edit(
            _first_difference(base, shipped),
            "has other comments, or another layout",
            f"put it back: {_RESTORE}",
        ),
    )


def base_diff(base: Source, shipped: Source) -> str:
    """What was edited, as a unified diff."""
    from difflib import unified_diff

    old, new = (source.text.splitlines(keepends=True) for source in (shipped, base))
    return "".join(unified_diff(old, new, f"{base.path} (as released)", base.path, n=1))


def _edit(label: Label, what: str, help_line: str) -> Diagnostic:
    message = f"base is not what the release shipped: {what}"
    return Diagnostic(RULE, Severity.ERROR, message, (label._replace(text=""),), help_line)


def _whither(path: str, settings: Settings) -> str:
    if path.startswith("generator ") and path.endswith(".output"):
        return (
            f'say where the client goes in the settings, client_output = "src/app/client"; then: {_RESTORE}'
        )
    return f"it belongs in {_extended(settings)}; move it there: {_RESTORE}"


def _extended(settings: Settings) -> str:
    return settings.extended[0] if settings.extended else "your extended schema"


def _top(base: Source) -> Label:
    return Label(base, Span(0, len(base.line_text(1))))


def _first_difference(base: Source, shipped: Source) -> Label:
    place = next(_differing(base.text, shipped.text), min(len(base.text), len(shipped.text)))
    line = base.position(place).line
    start = base.line_starts()[line - 1]
    return Label(base, Span(start, start + len(base.line_text(line))))


def _differing(left: str, right: str) -> Iterator[int]:
    return (place for place, (one, other) in enumerate(zip(left, right, strict=False)) if one != other)
