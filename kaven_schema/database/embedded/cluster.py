"""Making the server's data folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from kaven_schema.database.embedded.binaries import MAJOR_VERSION, program
from kaven_schema.database.embedded.identity import Identity
from kaven_schema.database.embedded.layout import Layout, disk_full, unusable
from kaven_schema.database.embedded.roles import SUPERUSER
from kaven_schema.diagnostics import KavenError
from kaven_schema.files import shown_path

NO_SPACE = "No space left on device"
_LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
_SETTINGS = ("timezone=UTC", "log_timezone=UTC", "listen_addresses=")


def has_cluster(layout: Layout) -> bool:
    return (layout.data / "PG_VERSION").is_file()


def check_version(layout: Layout) -> None:
    """Raises KavenError `database_version_wrong` where another version of PostgreSQL made the data."""
    try:
        version = (layout.data / "PG_VERSION").read_text(encoding="ascii").strip()
    except OSError as error:
        raise unusable(layout.data, error) from None
    if version != str(MAJOR_VERSION):
        raise KavenError(
            "database_version_wrong",
            f"the data in {shown_path(layout.data)} is of PostgreSQL {version}, this one is {MAJOR_VERSION}",
            help=f"dump it with that version, or give it up: rm -r {shown_path(layout.folder)}",
        )


def make_cluster(layout: Layout, identity: Identity, password: str) -> None:
    """Fill the data folder, beside its place at first: a killed run leaves nothing that looks whole.

    Raises KavenError `disk_full`, `database_files_unusable` or `database_failed`.
    """
    new = layout.folder / "data.new"
    secret = layout.folder / "password.new"
    try:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        identity.give(new)
        secret.unlink(missing_ok=True)
        descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(password)
        identity.give(secret)
        _initdb(new, secret, identity)
        new.rename(layout.data)
    except OSError as error:
        raise unusable(layout.folder, error) from None
    finally:
        secret.unlink(missing_ok=True)
        shutil.rmtree(new, ignore_errors=True)


def _initdb(folder: Path, secret: Path, identity: Identity) -> None:
    initdb = program("initdb")
    arguments: list[str | Path] = [
        initdb,
        "-D",
        folder,
        f"--username={SUPERUSER}",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        f"--locale={_LOCALE}",
        "--no-sync",
        "--no-instructions",
        *(f"--set={setting}" for setting in _SETTINGS),
    ]
    command, options = identity.command(arguments, (initdb, folder / "any"))
    made = subprocess.run(
        command,
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        **options,
    )
    if made.returncode:
        if NO_SPACE in made.stderr:
            raise disk_full(folder.parent)
        lines = [line for line in made.stderr.splitlines() if "error:" in line or "FATAL" in line]
        raise KavenError(
            "database_failed",
            f"PostgreSQL could not make its data folder: {' '.join(lines) or made.stderr.strip()}",
            help=f"see what it needs: ls -ld {shown_path(folder.parent)}; df -h {shown_path(folder.parent)}",
        )
