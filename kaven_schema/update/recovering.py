"""What a killed run left: finished by the next command, or undone by `kaven update --abort`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import project_lock, shown_path, write_atomically
from kaven_schema.update.journal import Journal, read_journal


def recover(root: Path, generate: Callable[[], None]) -> str:
    """Finish what was begun; what was done, in words, or nothing where a run is still under way or none was.

    Raises KavenError `update_interrupted` (exit 1) where somebody has changed a file since.
    """
    with project_lock(root):
        journal = read_journal(root)
        if journal is None:
            return ""
        _refuse_touched(journal)
        journal.finish()
        if journal.client:
            generate()
        journal.close()
    return f"{journal.what} had been stopped half-way: finished now"


def abort(root: Path) -> str:
    """Undo what was begun; files that somebody has changed since keep a copy of that in .kaven/kept."""
    with project_lock(root):
        journal = read_journal(root)
        if journal is None:
            return ""
        for change in journal.touched():
            if change.path.is_file():
                kept = root / ".kaven" / "kept" / f"{change.path.name}.aborted"
                kept.parent.mkdir(exist_ok=True)
                write_atomically(kept, change.path.read_text("utf-8", "replace"), root=root)
        journal.undo()
    return f"{journal.what} had been stopped half-way: undone now"


def _refuse_touched(journal: Journal) -> None:
    if touched := journal.touched():
        names = ", ".join(shown_path(change.path) for change in touched[:3])
        raise KavenError(
            "update_interrupted",
            f"{journal.what} had been stopped half-way, and since then {names} was changed",
            help="put everything back as it was before: kaven update --abort",
            exit_code=ExitCode.PROBLEMS,
        )
