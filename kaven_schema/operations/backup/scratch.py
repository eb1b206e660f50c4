"""A PostgreSQL for one test: new, private, without a network, gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from kaven_schema.database.connection import connect
from kaven_schema.database.embedded.identity import Identity, server_identity
from kaven_schema.database.embedded.launch import stop
from kaven_schema.database.embedded.layout import Layout
from kaven_schema.database.embedded.process import find_running
from kaven_schema.database.programs import major_version, places
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from kaven_schema.files import held_folder, state_folder

_USER = "kaven_scratch"
_PREFIX = "test-"
_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.02
# What a crash would lose is lost anyway; it is to be quick, and to take as much at once as a restore brings.
_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=4GB",
    "maintenance_work_mem=64MB",
    "autovacuum=off",
    "listen_addresses=",
    "timezone=UTC",
)


@dataclass(frozen=True, slots=True)
class ServerPrograms:
    """A folder with a server's programs, and its major version."""

    major: int
    folder: Path


def server_programs(at_least: int) -> tuple[ServerPrograms, ...]:
    """Those that are here, the version itself first, then newer ones. Raises KavenError `backup_server_missing`."""
    found: dict[Path, int] = {}
    for folder in places():
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            found.setdefault(folder.resolve(), major_version(folder / "postgres"))
    fitting = sorted((major, str(folder)) for folder, major in found.items() if major >= at_least)
    if not fitting:
        known = ", ".join(sorted(map(str, set(found.values())))) or "none"
        raise KavenError(
            "backup_server_missing",
            f"the backup is of PostgreSQL {at_least}, and of PostgreSQL's servers there is here: {known}",
            help="pip install 'kaven-schema[database]' (16 and 18), or install that server (Debian: apt-get install"
            f" postgresql-{at_least})",
        )
    return tuple(ServerPrograms(major, Path(folder)) for major, folder in fitting)


@contextmanager
def scratch_server(programs: ServerPrograms, root: Path) -> Iterator[DatabaseUrl]:
    """A server that is up; the URL is its superuser's. Nothing of it is left after the block.

    Raises KavenError `backup_server_failed`.
    """
    parent = state_folder(root) / "backup-test"
    parent.mkdir(mode=0o711, exist_ok=True)
    parent.chmod(0o711)  # the server's user passes through, where that is another one
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    layout = Layout(Path(os.path.realpath(folder)))
    with held_folder(folder):
        try:
            with _server(programs, layout) as url:
                yield url
        finally:
            _clear(layout)


@contextmanager
def _server(programs: ServerPrograms, layout: Layout) -> Iterator[DatabaseUrl]:
    identity = server_identity(layout.data)
    if identity.uid is not None:
        layout.folder.chmod(0o711)
    layout.data.mkdir(mode=0o700)
    identity.give(layout.data)
    sockets = layout.socket_folder()
    sockets.mkdir(mode=0o700, exist_ok=True)
    identity.give(sockets)
    _initdb(programs, layout, identity)
    arguments: list[str | Path] = [programs.folder / "postgres", "-D", layout.data]
    for setting in (*_SETTINGS, f"unix_socket_directories={sockets}"):
        arguments += ["-c", setting]
    command, options = identity.command(
        arguments, (programs.folder / "postgres", layout.data, sockets / "any")
    )
    with layout.log.open("ab") as log:
        process = subprocess.Popen(
            command, cwd="/", env=_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options
        )
    with process:
        try:
            url = DatabaseUrl(host=str(sockets), port="5432", user=_USER, password="", database="postgres")
            _await(process, url, layout)
            yield url
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: nothing needs to be written out


def _initdb(programs: ServerPrograms, layout: Layout, identity: Identity) -> None:
    initdb = programs.folder / "initdb"
    arguments: list[str | Path] = [
        *(initdb, "-D", layout.data, f"--username={_USER}", "--auth=trust", "--encoding=UTF8"),
        *("--locale=C", "--no-sync", "--no-instructions"),
    ]
    command, options = identity.command(arguments, (initdb, layout.data / "any"))
    made = subprocess.run(
        command,
        check=False,
        cwd="/",
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        **options,
    )
    if made.returncode:
        raise _failed(made.stderr)


def _await(process: subprocess.Popen[bytes], url: DatabaseUrl, layout: Layout) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        running = find_running(layout)
        if running and running.ready:
            connect(url).close()
            return
        time.sleep(_POLL_SECONDS)
    raise _failed(layout.log.read_text(encoding="utf-8", errors="replace"))


def _failed(said: str) -> KavenError:
    lines = [
        line
        for line in said.splitlines()
        if any(word in line for word in ("error:", "FATAL", "PANIC", "ERROR"))
    ]
    return KavenError(
        "backup_server_failed",
        f"the PostgreSQL to restore into does not start: {' '.join(lines[-2:]) or 'it ended without a word'}",
        help="see the free space, and that PostgreSQL runs here: kaven db up",
    )


def _sweep(parent: Path) -> None:
    """Servers and folders of tests that were killed; a test at work holds its folder."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError), held_folder(folder):
            _clear(Layout(Path(os.path.realpath(folder))))


def _clear(layout: Layout) -> None:
    running = find_running(layout)
    if running is not None:
        with suppress(KavenError):
            stop(layout, running)
    sockets = layout.socket_folder()
    if sockets.parent != layout.folder:
        shutil.rmtree(sockets, ignore_errors=True)
    shutil.rmtree(layout.folder, ignore_errors=True)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
