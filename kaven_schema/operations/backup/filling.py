"""A dump on its way from the store into an empty database."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from kaven_schema.database.programs import Programs
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress
from kaven_schema.files import shown_path, state_folder, sweep_leftovers
from kaven_schema.files.locking import STATE_FOLDER
from kaven_schema.keyring.ring import KeyRing
from kaven_schema.operations.backup.manifest import DUMP, GLOBALS, Manifest
from kaven_schema.operations.backup.objects import advancing, reading
from kaven_schema.operations.backup.processes import ProgramFailedError, running
from kaven_schema.operations.backup.storage import Store

_FETCHED = "restoring"
_HURRIED = {"synchronous_commit": "off", "maintenance_work_mem": "128MB"}


def default_jobs() -> int:
    return min(4, os.cpu_count() or 1)


@contextmanager
def fetched(
    store: Store, manifest: Manifest, keys: KeyRing | None, root: Path, progress: Progress
) -> Iterator[Path]:
    """The dump as a file for its owner alone, whole and as it was written; gone after the block.

    pg_restore works with several connections from a file only. Raises KavenError `disk_full`,
    `output_unwritable`, and as `reading` does.
    """
    folder = state_folder(root) / _FETCHED
    path = folder / f".{DUMP}.kaven-{os.getpid()}.tmp"
    try:
        try:
            _fetch(store, manifest, keys, path, progress)
        except OSError as error:
            raise _unwritable(path, error) from None
        yield path
    finally:
        with suppress(OSError):
            path.unlink()


def sweep_dumps(root: Path) -> None:
    """Remove the dumps in the clear that killed restores left."""
    sweep_leftovers(root / STATE_FOLDER / _FETCHED)


def _fetch(store: Store, manifest: Manifest, keys: KeyRing | None, path: Path, progress: Progress) -> None:
    facts = manifest.objects[DUMP]
    path.parent.mkdir(mode=0o700, exist_ok=True)
    sweep_leftovers(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        open(descriptor, "wb") as file,
        progress(f"Fetching {manifest.name}", max(facts.size, 1)) as advance,
        reading(store, manifest.object_name(DUMP), facts, keys) as data,
    ):
        file.writelines(advancing(data, advance))


def fill(programs: Programs, url: DatabaseUrl, dump: Path, jobs: int) -> None:
    """Restore into an empty database; the first error ends it. Raises ProgramFailedError."""
    command: list[str | Path] = [
        programs.restore,
        "--exit-on-error",
        "--no-password",
        f"--jobs={jobs}",
        "--dbname",
        _hurried(url).conninfo(),
        dump,
    ]
    with running(command, password=url.password):
        pass


def _hurried(url: DatabaseUrl) -> DatabaseUrl:
    """Not waiting for the disk at every statement: what gives the database its name does, after all of it."""
    options = {name: value for name, value in url.options.items() if name != "schema"}
    given = [options["options"]] if "options" in options else []
    settings = [f"-c {name}={value}" for name, value in _HURRIED.items()]
    return replace(url, options={**options, "options": " ".join([*given, *settings])})


def read_globals(store: Store, manifest: Manifest, keys: KeyRing | None) -> str:
    """The script of the cluster's roles; empty where the backup has none."""
    facts = manifest.objects.get(GLOBALS)
    if facts is None:
        return ""
    with reading(store, manifest.object_name(GLOBALS), facts, keys) as data:
        return b"".join(data).decode("utf-8", "replace")


@contextmanager
def told(manifest: Manifest) -> Iterator[None]:
    """Raises KavenError `backup_restore_failed` for what pg_restore says."""
    from kaven_schema.database.migrations.extensions import missing_extension

    try:
        yield
    except ProgramFailedError as error:
        name = missing_extension(error.said)
        raise KavenError(
            "backup_restore_failed",
            f"{manifest.name} was not restored: {error}",
            help=f"install the extension {name} on the server, then restore again"
            if name
            else "mend what it says, then restore again; the database in use was not touched",
            exit_code=ExitCode.ENVIRONMENT,
        ) from None


def _unwritable(path: Path, error: OSError) -> KavenError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return KavenError(
            "disk_full",
            f"no space is left for the dump in {shown_path(path.parent)}",
            help=f"free some space, then run the command again: df -h {shown_path(path.parent)}",
        )
    return KavenError(
        "output_unwritable",
        f"cannot keep the dump in {shown_path(path.parent)}: {error.strerror or error}",
        help=f"see the permissions: ls -ld {shown_path(path.parent)}",
    )
