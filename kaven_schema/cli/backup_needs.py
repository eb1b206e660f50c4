"""What a scheduled backup needs, and the printed job does not hold."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from kaven_schema.config import load_settings
from kaven_schema.files import shown_path


def job_needs(root: Path, secret: str, environment_file: str, *, has_place: bool) -> Iterator[str]:
    """Line by line. A job starts without the variables of the shell that printed it.

    `secret` is Kubernetes' and `environment_file` systemd's, or empty.
    """
    if secret:
        yield from _in_cluster(secret, has_place=has_place)
        return
    holder = environment_file or shown_path(root / ".env")
    if not has_place and not _is_set(root, "KAVEN_BACKUPS"):
        yield f"the backups will be in {shown_path(root / '.kaven' / 'backups')}, on this machine's own disk"
    yield from _database(root, holder)
    if os.environ.get("KAVEN_BACKUP_KEYS"):
        yield f"KAVEN_BACKUP_KEYS is not in it, for it is secret: write it into {holder}, chmod 600"


def _in_cluster(secret: str, *, has_place: bool) -> Iterator[str]:
    place = "" if has_place else ", KAVEN_BACKUPS (a bucket: a pod's own disk is gone with it)"
    yield f"the Secret {secret} has to hold DATABASE_URL{place}, and KAVEN_BACKUP_KEYS if they are encrypted"


def _database(root: Path, holder: str) -> Iterator[str]:
    from kaven_schema.database.embedded import EmbeddedServer
    from kaven_schema.database.target import url_variables

    variables = url_variables(load_settings(root))
    if any(_is_written(root, variable) for variable in variables):
        return
    if any(os.environ.get(variable) for variable in variables):
        yield f"{variables[0]} is not in it, for it is secret: write it into {holder}, chmod 600"
    elif EmbeddedServer(root).exists:
        yield "it backs up the embedded PostgreSQL; for another database write DATABASE_URL into " + holder
    else:
        yield f"it needs {variables[0]}: write it into {holder}, chmod 600"


def _is_set(root: Path, variable: str) -> bool:
    from kaven_schema.operations.backup.place import environment_of

    return bool(environment_of(root).get(variable))


def _is_written(root: Path, variable: str) -> bool:
    """Whether the project's own file has it."""
    from kaven_schema.files.env_file import env_values

    return bool(env_values(root / ".env").get(variable))
