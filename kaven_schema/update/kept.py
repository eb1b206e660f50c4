"""The exact base of the installed release, and what the way back needs: committed, beside the base.

So a comparison never needs the network, and a rollback works in every clone.
"""

from __future__ import annotations

from pathlib import Path

from kaven_schema.config import Settings
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import read_source, shown_path
from kaven_schema.source import Source
from kaven_schema.update.lock import Lock
from kaven_schema.update.release import Version
from kaven_schema.update.release.release import text_digest

# Not `.kaven`: that one is never committed, and may be this very folder's own.
_FOLDER = ".kaven-releases"
_BASE = "schema.base.prisma"
UNDO = "undo.json"


def kept_base_name(version: Version) -> str:
    """As seen from the folder of the base."""
    return f"{_FOLDER}/{version}/{_BASE}"


def kept_folder(settings: Settings, version: Version) -> Path:
    return kept_base_path(settings, version).parent


def kept_base_path(settings: Settings, version: Version) -> Path:
    return settings.base.parent / kept_base_name(version)


def kept_files(settings: Settings) -> tuple[Path, ...]:
    """Everything that is kept, of whatever release."""
    top = settings.base.parent / _FOLDER
    return tuple(sorted(path for name in (_BASE, UNDO) for path in top.glob(f"*/{name}") if path.is_file()))


def undo_path(settings: Settings, version: Version) -> Path:
    return kept_folder(settings, version) / UNDO


def read_kept_base(settings: Settings, lock: Lock) -> Source:
    """The base of the installed release, as it was shipped, under the name of the project's own.

    Raises KavenError `kept_base_missing`, `kept_base_changed` (exit 1), unless the project's own base is it.
    """
    own = read_source(settings.base) if settings.base.is_file() else None
    if own and text_digest(own.text) == lock.base:
        return own
    path = kept_base_path(settings, lock.release)
    if not path.is_file():
        raise _fault("kept_base_missing", f"{shown_path(path)} is missing: what {lock.release} shipped", path)
    kept = read_source(path)
    if text_digest(kept.text) != lock.base:
        raise _fault("kept_base_changed", f"{shown_path(path)} is not what {lock.release} shipped", path)
    return Source(shown_path(settings.base), kept.text)


def _fault(rule: str, message: str, path: Path) -> KavenError:
    return KavenError(
        rule,
        message,
        help=f"restore it from version control: git checkout -- {shown_path(path)}",
        exit_code=ExitCode.PROBLEMS,
    )
