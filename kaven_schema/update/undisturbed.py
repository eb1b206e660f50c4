"""Planning reads many files: what it saw counts only if no other run changed the project meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from kaven_schema.config import Settings
from kaven_schema.files import project_lock, shown_path
from kaven_schema.update.journal import changed_meanwhile, journal_folder
from kaven_schema.update.lock import lock_path

_TRIES = 3
_Seen = TypeVar("_Seen")


class _State(NamedTuple):
    """An update writes kaven.lock first and base with it, and its journal stands until its end."""

    lock: bytes | None
    base: bytes | None
    is_under_way: bool


def undisturbed(settings: Settings, what: str, look: Callable[[], _Seen]) -> _Seen:
    """What `look` returns, having read the project as it stood at one time. `what` is being planned, in words.

    It looks again once another run has ended. No lock is held meanwhile, so that a dry run needs nothing that it
    may write to. Raises what `look` raises, and KavenError `files_changed_meanwhile`, `project_locked`.
    """
    for _ in range(_TRIES):
        before = _state(settings)
        if not before.is_under_way:
            try:
                seen = look()
            except Exception:  # half an update looks like many faults
                if _state(settings) == before:
                    raise
            else:
                if _state(settings) == before:
                    return seen
        with project_lock(settings.root):
            pass
    raise changed_meanwhile(shown_path(lock_path(settings.root)), what)


def _state(settings: Settings) -> _State:
    lock, base = (
        path.read_bytes() if path.is_file() else None for path in (lock_path(settings.root), settings.base)
    )
    return _State(lock, base, journal_folder(settings.root).is_dir())
