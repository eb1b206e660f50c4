"""Where the backups of a project are, and the keys that they are made with."""

from __future__ import annotations

import os
from pathlib import Path

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import state_folder
from kaven_schema.files.env_file import env_values
from kaven_schema.keyring.ring import KeyRing
from kaven_schema.operations.backup.storage import Store, open_store

VARIABLE = "KAVEN_BACKUPS"
KEY_VARIABLES = ("KAVEN_BACKUP_KEYS", "KAVEN_BACKUP_KEYS_FILE")
_OURS = "KAVEN_BACKUP"


def store_of(root: Path, given: str | None = None) -> Store:
    """What is given, else what KAVEN_BACKUPS says, else the project's `.kaven/backups`.

    Raises KavenError as `open_store` does, `backup_setting_empty`, and `env_file_unreadable`.
    """
    location = given or environment_of(root).get(VARIABLE)
    if location == "":
        raise _empty(VARIABLE)
    return open_store(location or str(state_folder(root) / "backups"))


def keys_of(root: Path) -> KeyRing | None:
    """None where KAVEN_BACKUP_KEYS and KAVEN_BACKUP_KEYS_FILE are not set.

    Raises KavenError `backup_setting_empty`, and as `load_keys` does.
    """
    environment = environment_of(root)
    if not any(environment.get(variable) for variable in KEY_VARIABLES):
        for variable in KEY_VARIABLES:
            if variable in environment:
                raise _empty(variable)
        return None
    from kaven_schema.operations.backup.sealing import backup_keys

    return backup_keys(environment)


def environment_of(root: Path) -> dict[str, str]:
    """What the process was given goes before the project's `.env`, of which only our own variables count."""
    written = env_values(root / ".env")
    return {name: written[name] for name in written if name.startswith(_OURS)} | dict(os.environ)


def _empty(variable: str) -> KavenError:
    """A secret that is missing would be a backup that everybody can read, or one that nobody looks for."""
    return KavenError(
        "backup_setting_empty",
        f"{variable} is set, and empty",
        help=f"give {variable} its value, or unset it",
        exit_code=ExitCode.WRONG_USE,
    )
