"""A dump of the database as it was before a deploy."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect
from kaven_schema.database.programs import Programs, programs_for
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.files import shown_path, state_folder, sweep_leftovers

if TYPE_CHECKING:
    from subprocess import CompletedProcess

_LONGEST_NAME = 200


def make_safety_copy(url: DatabaseUrl, root: Path, before: str, *, progress: Progress = silent) -> Path:
    """Dump the whole database into `<root>/.kaven/backups/<UTC time>_before_<before>.dump`, for pg_restore.

    The file is its owner's alone, and appears only when it is complete and can be read. Raises KavenError
    `backup_failed`, `backup_program_missing`, `output_unwritable`, and as `connect` does.
    """
    with connect(url) as connection:
        version = connection.info.server_version // 10_000
    programs = programs_for(version)
    folder = state_folder(root) / "backups"
    stamp = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
    name = before.encode()[:_LONGEST_NAME].decode("utf-8", "ignore")
    path, beside = folder / f"{stamp}_before_{name}.dump", folder / f".{stamp}.kaven-{os.getpid()}.tmp"
    with progress("Backing up the database", 1) as advance:
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            sweep_leftovers(folder)
            _dump(programs, url, beside)
            os.replace(beside, path)
        except OSError as error:
            raise _failed(f"{shown_path(path)}: {error.strerror or error}") from None
        finally:
            with suppress(OSError):
                beside.unlink()
        advance(1)
    return path


def _dump(programs: Programs, url: DatabaseUrl, path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        command: list[str | Path] = [programs.dump, "--format=custom", "--no-password"]
        command += ["--dbname", url.conninfo()]
        _succeed(_run(command, stdout=file.fileno(), password=url.password))
        os.fsync(file.fileno())
    _succeed(_run([programs.restore, "--list", path], stdout=None, password=""))


def _run(command: list[str | Path], *, stdout: int | None, password: str) -> CompletedProcess[bytes]:
    import subprocess

    secret = {"PGPASSWORD": password} if password else {}
    return subprocess.run(
        command,
        check=False,
        env={**os.environ, **secret},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if stdout is None else stdout,
        stderr=subprocess.PIPE,
    )


def _succeed(done: CompletedProcess[bytes]) -> None:
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        said = "; ".join(line.strip() for line in lines[:3])
        raise _failed(said or f"{done.args[0]} ended with {done.returncode}")


def _failed(reason: str) -> KavenError:
    return KavenError(
        "backup_failed",
        f"the database could not be backed up, so nothing was applied: {reason}",
        help="mend that and deploy again; or back it up otherwise, and deploy without --backup",
    )
