"""The passwords of the embedded server: random, made once, readable by their owner alone."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from kaven_schema.database.embedded.layout import unusable
from kaven_schema.diagnostics import KavenError
from kaven_schema.files import shown_path


def make_credentials(path: Path, users: tuple[str, ...]) -> dict[str, str]:
    """A password for each user, kept in a new file."""
    passwords = {user: secrets.token_urlsafe(24) for user in users}
    beside = path.with_name(f".{path.name}.kaven-{os.getpid()}.tmp")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            json.dump(passwords, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise unusable(path, error) from None
    return passwords


def read_credentials(path: Path, users: tuple[str, ...]) -> dict[str, str]:
    """Raises KavenError `database_credentials_missing`: nobody can log in without them."""
    try:
        passwords = json.loads(path.read_bytes())
        return {user: str(passwords[user]) for user in users}
    except FileNotFoundError:
        problem = "does not exist"
    except (ValueError, KeyError, TypeError):
        problem = "is not what kaven wrote there"
    except OSError as error:
        raise unusable(path, error) from None
    raise KavenError(
        "database_credentials_missing",
        f"{shown_path(path)}, which holds the passwords of the embedded PostgreSQL, {problem}",
        help=f"put it back; or give up the data: kaven db down; rm -r {shown_path(path.parent)}",
    )
