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
    return _kept(path, {user: _password() for user in users})


def complete_credentials(path: Path, users: tuple[str, ...]) -> dict[str, str]:
    """With passwords for those users who came later. Raises KavenError `database_credentials_missing`."""
    known = read_credentials(path, ())
    missing = [user for user in users if user not in known]
    return _kept(path, known | {user: _password() for user in missing}) if missing else known


def _password() -> str:
    return secrets.token_urlsafe(24)


def _kept(path: Path, passwords: dict[str, str]) -> dict[str, str]:
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
    """Of these users at least. Raises KavenError `database_credentials_missing`: nobody can log in without them."""
    try:
        passwords = json.loads(path.read_bytes())
        return {user: str(passwords[user]) for user in (*passwords, *users)}
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
