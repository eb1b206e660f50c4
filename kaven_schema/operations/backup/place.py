"""Where the backups of a project are, and the keys that they are made with."""

from __future__ import annotations

import os
from pathlib import Path

from kaven_schema.diagnostics import KavenError
from kaven_schema.files import shown_path, state_folder
from kaven_schema.keyring.ring import KeyRing
from kaven_schema.operations.backup.storage import Store, open_store

VARIABLE = "KAVEN_BACKUPS"
_OURS = "KAVEN_BACKUP"


def store_of(root: Path, given: str | None = None) -> Store:
    """What is given, else what KAVEN_BACKUPS says, else the project's `.kaven/backups`.

    Raises KavenError as `open_store` does, and `env_file_unreadable`.
    """
    location = given or _environment(root).get(VARIABLE)
    return open_store(location or str(state_folder(root) / "backups"))


def keys_of(root: Path) -> KeyRing | None:
    """None where KAVEN_BACKUP_KEYS and KAVEN_BACKUP_KEYS_FILE are not set. Raises KavenError as `load_keys` does."""
    environment = _environment(root)
    if not any(environment.get(f"{_OURS}_KEYS{end}") for end in ("", "_FILE")):
        return None
    from kaven_schema.operations.backup.sealing import backup_keys

    return backup_keys(environment)


def _environment(root: Path) -> dict[str, str]:
    """What the process was given goes before the project's `.env`, of which only our own variables count."""
    file = root / ".env"
    written = _written(file) if file.is_file() else {}
    kept = {name: value for name, value in written.items() if name.startswith(_OURS) and value}
    return kept | dict(os.environ)


def _written(file: Path) -> dict[str, str | None]:
    try:
        from dotenv import dotenv_values

        return dotenv_values(file)
    except ImportError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise KavenError(
            "env_file_unreadable",
            f"cannot read {shown_path(file)}: {error}",
            help="save the file as UTF-8 and readable, or move it away",
        ) from None
