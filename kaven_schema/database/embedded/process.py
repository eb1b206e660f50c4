"""The server's process: what its pid file says, and whether it is still true."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from kaven_schema.database.embedded.layout import Layout


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is up: `port` is part of its socket's name; `listens` if it is also open to TCP."""

    pid: int
    port: int
    socket_folder: Path
    listens: bool
    ready: bool

    @property
    def has_place(self) -> bool:
        """Whether it has said already where its socket is: the pid file is written bit by bit."""
        return self.socket_folder != Path()

    @property
    def socket(self) -> Path:
        return self.socket_folder / f".s.PGSQL.{self.port}"


def read_pid_file(layout: Layout) -> Running | None:
    """What `postmaster.pid` says, true or not; None where there is none, or the beginning of one."""
    try:
        lines = layout.pid_file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        lines += [""] * (8 - len(lines))
        return Running(
            pid=int(lines[0]),
            port=int(lines[3] or "0"),
            socket_folder=Path(lines[4]),
            listens=bool(lines[5].strip()),
            ready=lines[7].strip() == "ready",
        )
    except (OSError, ValueError, IndexError):
        return None


def find_running(layout: Layout) -> Running | None:
    """The server that works on this data, starting or ready."""
    found = read_pid_file(layout)
    if found and (_is_server(found.pid, layout.data) or _accepts(found.socket)):
        return found
    return None


def number_taken(pid: int) -> bool:
    """Whether any process has this number, also one that has ended but was not asked how."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def is_alive(pid: int) -> bool:
    """Whether the process exists and has not ended."""
    if not number_taken(pid):
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2]
    except OSError:
        return True
    return state.split()[0] not in ("Z", "X")


def _is_server(pid: int, data: Path) -> bool:
    """A number alone proves nothing: after a restart it may be anybody's."""
    if not is_alive(pid):
        return False
    if sys.platform != "linux":
        return str(data) in _command_of(pid)
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", data)
    except PermissionError:
        return True  # another user's: not to be taken for dead
    except OSError:
        return False


def _command_of(pid: int) -> str:
    import subprocess

    shown = subprocess.run(
        ["ps", "-p", str(pid), "-o", "command="], check=False, capture_output=True, text=True
    )
    return shown.stdout


def _accepts(path: Path) -> bool:
    """Whether somebody answers there: a server in another container has a number that says nothing here."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(2)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True
