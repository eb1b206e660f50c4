"""Back to the release before: the files at once; the database by a plan of its own, which nothing here runs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from kaven_schema.config import Settings
from kaven_schema.database.migrations.folder import LOCK_FILE, SCRIPT, read_folder
from kaven_schema.diagnostics import Diagnostic, ExitCode, KavenError, Severity
from kaven_schema.files import project_lock, read_source, shown_path
from kaven_schema.pipeline import has_errors
from kaven_schema.project import Project
from kaven_schema.source import Source
from kaven_schema.update.journal import FileChange, begin, changed_meanwhile
from kaven_schema.update.kept import kept_base_path, undo_path
from kaven_schema.update.lock import Lock, lock_path, lock_text, parse_lock, read_lock
from kaven_schema.update.migrating import rollback_name
from kaven_schema.update.release import Version
from kaven_schema.update.release.release import text_digest
from kaven_schema.update.undo import Undo, read_undo


@dataclass(frozen=True, slots=True)
class Rollback:
    """`migrations` are the folders that go, `kept_migrations` those that stay, for a database has had them.

    `text` is the merged schema to be; empty where an error stands in the way. `misses` are paths of what a
    database on the installed release no longer has as the one before needs it.
    """

    project: Project
    installed: Version
    previous: Version
    changes: tuple[FileChange, ...]
    migrations: tuple[str, ...]
    kept_migrations: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    text: str
    misses: tuple[str, ...]
    down_migration: Path | None = None

    @property
    def is_clear(self) -> bool:
        return not has_errors(self.diagnostics)

    @property
    def what(self) -> str:
        return f"the rollback from {self.installed} to {self.previous}"


def plan_rollback(
    settings: Settings, *, applied: Collection[str] | None = None, comes_back: bool = False
) -> Rollback:
    """`applied` are the names of migrations that some database has had: these stay; None stands for all of them.

    `comes_back` where a migration takes back what they made, so that the next update brings them anew.

    Raises KavenError `rollback_impossible`, `rollback_file_changed` (exit 1), and as `read_lock` does.
    """
    project = Project(settings)
    lock = read_lock(settings.root)
    if lock is None or lock.previous is None:
        raise KavenError(
            "rollback_impossible",
            "no release was installed before this one"
            if lock
            else "no release is installed: there is no kaven.lock",
            help="go back by version control",
            exit_code=ExitCode.PROBLEMS,
        )
    undo = read_undo(settings, lock)
    brought = [one.name for one in lock.migrations if Version.parse(one.release) > lock.previous]
    kept = tuple(name for name in brought if applied is None or name in applied)
    base = read_source(kept_base_path(settings, lock.previous))
    before = replace(lock, release=lock.previous, previous=None, base=text_digest(base.text), migrations=())
    changes = _changes(settings, (lock, before), undo, kept, () if comes_back else kept)
    merged, text = _merged(project, base, changes)
    changes += (FileChange(settings.base, _current(settings.base), base.text),)
    changes += (FileChange(settings.output, _current(settings.output), text),)
    return Rollback(
        project=project,
        installed=lock.release,
        previous=lock.previous,
        changes=changes,
        migrations=tuple(name for name in brought if name not in kept),
        kept_migrations=kept,
        diagnostics=merged,
        text=text,
        misses=_broken(project, base),
    )


def with_down_migration(rollback: Rollback, script: str) -> Rollback:
    """The rollback, and a migration of its own that takes back what the release's have made."""
    folder = read_folder(rollback.project.settings.output.parent / "migrations")
    path = folder.path / rollback_name(folder, rollback.installed) / SCRIPT
    return replace(rollback, changes=(*rollback.changes, FileChange(path, None, script)), down_migration=path)


def apply_rollback(rollback: Rollback, generate: Callable[[], None]) -> None:
    """All files together, or none. Raises KavenError, such as `files_changed_meanwhile`, with nothing changed."""
    root = rollback.project.settings.root
    with project_lock(root):
        _refuse_changes_meanwhile(rollback)
        journal = begin(root, rollback.what, rollback.changes, client=True)
        try:
            journal.finish()
            generate()
        except BaseException:
            journal.undo()
            raise
        journal.close()


def _refuse_changes_meanwhile(rollback: Rollback) -> None:
    for source in rollback.project.inputs.all:
        if _current(Path(source.path)) != source.text:
            raise changed_meanwhile(source.path, "the rollback")


def _changes(
    settings: Settings, locks: tuple[Lock, Lock], undo: Undo, kept: Collection[str], locked: Collection[str]
) -> tuple[FileChange, ...]:
    """`locks` are the one that is there, and the one to go back to where there was none; `locked` stay in it."""
    lock, before = locks
    folder = settings.output.parent / "migrations"
    stay = {folder / name / "migration.sql" for name in kept}
    stay |= {folder / LOCK_FILE} if kept else set()
    stay |= {kept_base_path(settings, before.release)} if locked else set()
    undone = [
        FileChange(one.path, _current(one.path), _before(settings, one, locks, locked))
        for one in undo.files
        if one.path not in stay
    ]
    path = undo_path(settings, lock.release)
    return (*undone, FileChange(path, _current(path), None))


def _before(
    settings: Settings, one: FileChange, locks: tuple[Lock, Lock], kept: Collection[str]
) -> str | None:
    """What stood there before the update, with what was written into it since."""
    now = _current(one.path)
    if one.path == lock_path(settings.root):
        return _lock_before(one, *locks, kept)
    if now == one.after or (one.before is None and now is None):
        return one.before
    if one.path.suffix == ".prisma" and None not in (now, one.before, one.after):
        assert now is not None
        assert one.before is not None
        assert one.after is not None
        if (text := carry_over(one.after, one.before, now)) is not None:
            return text
    raise KavenError(
        "rollback_file_changed",
        f"{shown_path(one.path)} was changed since the update, where the update changed it",
        help="go back by version control, or undo that change first",
        exit_code=ExitCode.PROBLEMS,
    )


def _lock_before(one: FileChange, lock: Lock, before: Lock, kept: Collection[str]) -> str | None:
    """Acceptances that were written since stay, and so do migrations that a database has had."""
    if one.before is None and not kept:
        return None
    if one.before is not None:
        before = parse_lock(one.before.encode(), one.path.name)
    known = {migration.name for migration in before.migrations}
    stay = tuple(entry for entry in lock.migrations if entry.name in kept and entry.name not in known)
    again = replace(before, migrations=(*before.migrations, *stay), accepted=lock.accepted)
    is_as_before = again == before and one.before is not None
    return one.before if is_as_before else lock_text(again)


def carry_over(old: str, new: str, changed: str) -> str | None:
    """What leads from `old` to `new`, done to `changed`; None where `changed` differs from `old` at that very place."""
    lines, wanted, found = (text.splitlines(keepends=True) for text in (old, new, changed))
    same = SequenceMatcher(None, lines, found, autojunk=False).get_matching_blocks()
    result, place = [], 0
    for tag, start, end, first, last in SequenceMatcher(None, lines, wanted, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        at = next((block for block in same if block.a <= start and end <= block.a + block.size), None)
        if at is None or (at.size == 0 and lines):
            return None
        offset = at.b - at.a
        result += [*found[place : start + offset], *wanted[first:last]]
        place = end + offset
    return "".join([*result, *found[place:]])


def _merged(
    project: Project, base: Source, changes: tuple[FileChange, ...]
) -> tuple[tuple[Diagnostic, ...], str]:
    from kaven_schema.pipeline import compile_sources

    texts = {change.path: change.after for change in changes}
    extended = [
        Source(source.path, texts.get(Path(source.path).absolute()) or source.text)
        for source in project.inputs.extended
    ]
    before = Source(project.inputs.base.path, base.text)
    merged = compile_sources(before, extended, project.options)
    return merged.diagnostics, merged.text


def _broken(project: Project, before: Source) -> tuple[str, ...]:
    """The paths that the installed release has changed by more than adding."""
    from kaven_schema.syntax.document import read_document
    from kaven_schema.update.plan.breaks import vendor_changes
    from kaven_schema.update.plan.rules import RULE_OF

    now = project.inputs.base
    old, new = (read_document(source, project.options.dialect) for source in (before, now))
    if old.diagnostics() or new.diagnostics():
        return ()  # the merge says so
    breaks = vendor_changes(old, new).breaks
    return tuple(one.path for one in breaks if RULE_OF[one.rule].severity is Severity.ERROR)


def _current(path: Path) -> str | None:
    return read_source(path).text if path.exists() else None
