"""A file of keys gets a new one."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.keyring.keys import new_key, parse_keys, read_keys
from kaven_schema.keyring.ring import KeyRing


def add_key(file: Path, id: str | None = None) -> KeyRing:
    """Put a new key first, which makes it the one that encrypts; the ring that the file then holds.

    Without `id` it is named by the date and by chance: keys of two files can be put into one.
    Raises KavenError as `read_keys` does, and `secret_keys_unwritable`.
    """
    there = _lines(file)
    name = id if id is not None else f"{datetime.now(UTC):%Y-%m-%d}-{secrets.token_hex(4)}"
    lines = [new_key(name), *there]
    ring = parse_keys([line for line in lines if line and not line.startswith("#")], str(file))
    _write(file, "".join(f"{line}\n" for line in lines))
    return ring


def _lines(file: Path) -> list[str]:
    """As they are, with comments; read_keys has judged who may read them."""
    if not file.exists():
        return []
    read_keys(file)
    return [line.strip() for line in file.read_text(encoding="ascii", errors="replace").splitlines()]


def _write(file: Path, text: str) -> None:
    """Nobody else can open it at any moment, and at no moment is it half a file."""
    target = Path(os.path.realpath(file))
    staging = target.with_name(f".{target.name}.new")
    try:
        staging.unlink(missing_ok=True)
        descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as output:
            output.write(text)
            output.flush()
            os.fsync(descriptor)
        staging.replace(target)
    except OSError as error:
        raise KavenError(
            "secret_keys_unwritable",
            f"cannot write {file}: {error.strerror or type(error).__name__}",
            help="name a file in a folder that you may write to",
            exit_code=ExitCode.ENVIRONMENT,
        ) from None
