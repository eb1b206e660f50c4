"""An update from beginning to end: what would be, and then all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from kaven_schema.config import Settings
from kaven_schema.database.migrations.folder import read_folder
from kaven_schema.diagnostics import Diagnostic
from kaven_schema.files import project_lock, read_source, shown_path
from kaven_schema.project import Project
from kaven_schema.update.asking import Asked
from kaven_schema.update.hand_edits import hand_edits
from kaven_schema.update.installed import Installed, find_installed
from kaven_schema.update.journal import FileChange, begin, changed_meanwhile
from kaven_schema.update.kept import kept_base_path, kept_files, kept_folder, undo_path
from kaven_schema.update.lock import Lock, lock_path, lock_text, read_lock
from kaven_schema.update.migrating import Bringing, bring
from kaven_schema.update.plan import Plan, State, make_plan
from kaven_schema.update.release import Catalogue, Release, Version
from kaven_schema.update.undo import undo_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for: `to` is a version, or None for the newest one."""

    to: Version | None = None
    adopt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Everything that an update would do. `diagnostics` are those of the plan, and of base edited by hand."""

    project: Project
    installed: Installed
    target: Release
    plan: Plan
    bringing: Bringing
    lock: Lock
    diagnostics: tuple[Diagnostic, ...]

    @property
    def is_clear(self) -> bool:
        from kaven_schema.pipeline import has_errors

        return not has_errors(self.diagnostics)

    @property
    def is_current(self) -> bool:
        """Nothing is to be done, not even to write down what is installed."""
        return not self.plan.steps and not self.installed.is_new

    @property
    def what(self) -> str:
        if not self.plan.steps:
            return f"the first kaven.lock, for {self.target.version},"
        return f"the update from {self.installed.lock.release} to {self.target.version}"


def plan_update(settings: Settings, catalogue: Catalogue, wish: Wish) -> Update:
    """Look at everything, change nothing. Raises KavenError, and SchemaError for syntax errors."""
    project = Project(settings)
    installed = find_installed(settings, catalogue)
    target = catalogue.chosen(wish.to)
    if wish.to is None and target.version < installed.lock.release:
        target = catalogue.find(installed.lock.release) or target  # a preview is installed
    steps = catalogue.steps(installed.lock.release, target)
    state = State(installed.base, project.inputs.extended, project.options)
    plan = make_plan(state, steps, installed.lock.accepted, adopt=wish.adopt)
    bringing = bring(
        read_folder(migrations_folder(settings)), plan.steps, installed.lock.migrations, adopt=wish.adopt
    )
    lock = installed.lock
    if steps:
        brought = [one.locked for one in bringing.migrations]
        lock = lock.moved_to(target.version, target.base_digest, brought)
    edits = hand_edits(project.inputs.base, installed.base, settings)
    return Update(
        project=project,
        installed=installed,
        target=target,
        plan=plan,
        bringing=bringing,
        lock=lock,
        diagnostics=(*edits, *plan.diagnostics),
    )


def refuse_ahead(update: Update, asked: Asked) -> Update:
    """The update, with a problem for each migration that the database has had and the repository lacks."""
    found = tuple(asked.ahead(read_folder(migrations_folder(update.project.settings))))
    return replace(update, diagnostics=(*found, *update.diagnostics)) if found else update


def migrations_folder(settings: Settings) -> Path:
    return settings.output.parent / "migrations"


def apply_update(update: Update, generate: Callable[[], None]) -> None:
    """Change everything together, or nothing. `generate` makes the client from the files that then stand.

    Raises KavenError `files_changed_meanwhile`, and as `begin` and `generate` do, with nothing changed.
    """
    settings = update.project.settings
    with project_lock(settings.root):
        _refuse_changes_meanwhile(update)
        changes = file_changes(update)
        update.project.keep_hand_edit(update.plan.text)
        journal = begin(settings.root, update.what, changes, client=bool(update.plan.steps))
        try:
            journal.finish()
            if journal.client:
                generate()
        except BaseException:
            journal.undo()
            raise
        journal.close()


def file_changes(update: Update) -> tuple[FileChange, ...]:
    """Every file that the update changes, with what stands in it now."""
    settings, plan = update.project.settings, update.plan
    texts: dict[Path, str | None] = {lock_path(settings.root): lock_text(update.lock)}
    target, previous = update.target.version, update.installed.lock.release
    texts[kept_base_path(settings, target)] = update.target.base.text
    if plan.steps:
        texts[settings.base] = update.target.base.text
        texts[settings.output] = plan.text
        texts[kept_base_path(settings, previous)] = update.installed.base.text
        texts |= {Path(path).absolute(): text for path, text in _extended(plan).items()}
        folder = migrations_folder(settings)
        texts |= {folder / name: text for name, text in update.bringing.files.items()}
        texts |= dict.fromkeys(_outdated(settings, target, previous))
    changes = tuple(FileChange(path, _current(path), text) for path, text in texts.items())
    if not plan.steps:
        return changes
    undo = undo_path(settings, target)
    return (*changes, FileChange(undo, _current(undo), undo_text(settings, update.plan, changes)))


def _extended(plan: Plan) -> dict[str, str]:
    return {source.path: source.text for source in plan.changed_extended}


def _outdated(settings: Settings, *kept: Version) -> list[Path]:
    """What is kept of releases that no way leads back to."""
    folders = {kept_folder(settings, version) for version in kept}
    return [path for path in kept_files(settings) if path.parent not in folders]


def _current(path: Path) -> str | None:
    return read_source(path).text if path.exists() else None


def _refuse_changes_meanwhile(update: Update) -> None:
    settings = update.project.settings
    changed = [
        source.path for source in update.project.inputs.all if _current(Path(source.path)) != source.text
    ]
    if read_lock(settings.root) != (None if update.installed.is_new else update.installed.lock):
        changed.append(shown_path(lock_path(settings.root)))
    names = [one.name for one in read_folder(migrations_folder(settings)).migrations]
    if names and any(one.locked.name <= names[-1] for one in update.bringing.migrations):
        changed.append(shown_path(migrations_folder(settings)))
    if changed:
        raise changed_meanwhile(changed[0], "the update")
