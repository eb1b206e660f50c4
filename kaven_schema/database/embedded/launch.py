"""Starting and stopping the server's process."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kaven_schema.database.embedded.binaries import program
from kaven_schema.database.embedded.cluster import NO_SPACE
from kaven_schema.database.embedded.identity import Identity
from kaven_schema.database.embedded.layout import Layout, disk_full, unusable
from kaven_schema.database.embedded.process import Running, is_alive, number_taken, read_pid_file
from kaven_schema.diagnostics import KavenError
from kaven_schema.files import shown_path

DEFAULT_PORT = 5432
_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.01
_LARGE_LOG = 5_000_000
# Children of a server that was killed notice it soon, and until then hold on to its memory.
_ORPHANS = "pre-existing shared memory block"
_ORPHAN_SECONDS = 10.0
# The shell leaves the server to the system and says its number; paths are arguments, not parts of a script.
_DETACH = '"$@" >&2 & echo $!'
_Found = TypeVar("_Found")


def launch(layout: Layout, identity: Identity, port: int | None) -> Running:
    """Start the server on data that no server works on, and wait until it takes connections.

    Raises KavenError `disk_full`, `port_taken`, `database_failed`, `database_slow`.
    """
    _disown_pid_file(layout)
    socket_folder = _private(layout.socket_folder(), identity)
    for leftover in socket_folder.glob(".s.PGSQL.*"):
        leftover.unlink(missing_ok=True)
    postgres = program("postgres")
    arguments: list[str | Path] = [postgres, "-D", layout.data]
    for setting in (
        f"unix_socket_directories={socket_folder}",
        f"listen_addresses={'127.0.0.1' if port else ''}",
        f"port={port or DEFAULT_PORT}",
    ):
        arguments += ["-c", setting]
    command, options = identity.command(arguments, (postgres, layout.data, socket_folder / "any"))
    deadline = time.monotonic() + _ORPHAN_SECONDS
    while True:
        before = _rotate(layout.log)
        pid = _detached(command, options, layout.log)
        found = _wait(lambda pid=pid: _state(layout, pid))  # type: ignore[misc]  # mypy knows no bound default
        if isinstance(found, Running):
            return found
        if found is None:
            _slow(layout, "starts")
        said = _said_since(layout, before)
        if _ORPHANS not in said or time.monotonic() > deadline:
            raise _reason(layout, said, port)
        time.sleep(0.2)


def _state(layout: Layout, pid: int) -> Running | bool | None:
    """The server once it is ready, False if it ended."""
    found = read_pid_file(layout)
    if found and found.pid == pid and found.ready:
        return found
    return None if is_alive(pid) else False


def _disown_pid_file(layout: Layout) -> None:
    """The file of a server that is gone stays: PostgreSQL learns from it whether children of that still work.

    Only its number may be another process's by now, which PostgreSQL would take for the server.
    """
    found = read_pid_file(layout)
    if found is None or not number_taken(found.pid):
        return
    ended = subprocess.Popen(["/bin/sh", "-c", ":"])
    ended.wait()
    _, _, rest = layout.pid_file.read_text(encoding="utf-8", errors="surrogateescape").partition("\n")
    layout.pid_file.write_text(f"{ended.pid}\n{rest}", encoding="utf-8", errors="surrogateescape")


def stop(layout: Layout, running: Running) -> None:
    """End the server as it should be ended: transactions are rolled back, the data is written out.

    Raises KavenError `database_slow`, `database_not_ours`.
    """
    try:
        os.kill(running.pid, signal.SIGINT)
    except ProcessLookupError:
        if running.socket.exists():
            raise _not_ours(running) from None
    except PermissionError:
        raise _not_ours(running) from None
    _wait(lambda: None if is_alive(running.pid) else running) or _slow(layout, "stops")


def _wait(ask: Callable[[], _Found | None]) -> _Found | None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (found := ask()) is not None:
            return found
        time.sleep(_POLL_SECONDS)
    return None


def _detached(command: list[str], options: dict[str, object], log: Path) -> int:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise unusable(log, error) from None
    try:
        started = subprocess.run(
            ["/bin/sh", "-c", _DETACH, "sh", *command],
            check=True,
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=descriptor,
            start_new_session=True,
            umask=0o077,
            **options,  # type: ignore[call-overload]  # user, group and extra_groups, or nothing
        )
    finally:
        os.close(descriptor)
    return int(started.stdout)


def _private(folder: Path, identity: Identity) -> Path:
    """Make it for this user alone; where everybody may write, somebody else may have been first."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (os.getuid(), identity.uid):
            raise KavenError(
                "database_files_unusable",
                f"{folder}, where PostgreSQL's socket should be, belongs to somebody else",
                help=f"remove it, or set another TMPDIR: ls -ld {folder}",
            )
        folder.chmod(0o700)
        identity.give(folder)
    except OSError as error:
        raise unusable(folder, error) from None
    return folder


def _rotate(log: Path) -> int:
    """Keep one older log; the size of what is there before the start."""
    try:
        size = log.stat().st_size
        if size < _LARGE_LOG:
            return size
        log.replace(log.with_name(f"{log.name}.1"))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise unusable(log, error) from None
    return 0


def _said_since(layout: Layout, size: int) -> str:
    with layout.log.open("rb") as file:
        file.seek(size)
        return file.read().decode("utf-8", "replace")


def _reason(layout: Layout, said: str, port: int | None) -> KavenError:
    """What the server said before it ended, in our words."""
    if NO_SPACE in said:
        return disk_full(layout.folder)
    if "Address already in use" in said:
        return KavenError(
            "port_taken",
            f"port {port} is in use by another program",
            help="choose another port, or none (the socket is enough): kaven db up",
        )
    fatal = re.findall(r"(?:FATAL|PANIC|ERROR|error|postgres):\s+(.*(?:\nExpected.*)?)", said)
    return KavenError(
        "database_failed",
        f"PostgreSQL does not start: {' '.join(fatal[-1].split()) if fatal else 'it ended without a word'}",
        help=f"see its log: tail {shown_path(layout.log)}",
    )


def _slow(layout: Layout, does: str) -> Running:
    raise KavenError(
        "database_slow",
        f"PostgreSQL {does}, but is not done after {_PATIENCE_SECONDS:.0f} seconds",
        help=f"see what it does: tail {shown_path(layout.log)}; then run the command again",
    )


def _not_ours(running: Running) -> KavenError:
    return KavenError(
        "database_not_ours",
        f"process {running.pid}, the PostgreSQL of this folder, belongs to another user or container",
        help="stop it where it was started: kaven db down",
    )
