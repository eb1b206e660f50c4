"""Where everything of the embedded PostgreSQL lies."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from kaven_schema.diagnostics import KavenError
from kaven_schema.files import shown_path

# The kernel's limit for the path of a Unix socket, less the closing NUL.
_LONGEST_SOCKET_PATH = 107 if sys.platform == "linux" else 103
_LONGEST_SOCKET_NAME = ".s.PGSQL.65535.lock"
# PostgreSQL and libpq take lists of folders, so not every name can be one folder's.
_PLAIN_PATH = re.compile(r"[\w/.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Layout:
    """The folder of one embedded server; nothing in it need exist."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def credentials(self) -> Path:
        return self.folder / "credentials.json"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def socket_folder(self) -> Path:
        """Beside the data, or where that path is too long for a socket, a private one of this user."""
        beside = self.folder / "socket"
        if _fits(beside):
            return beside
        shared = os.environ.get("XDG_RUNTIME_DIR", "")
        name = f"kaven-{os.getuid()}-{sha256(os.fsencode(self.folder)).hexdigest()[:12]}"
        candidates = [Path(parent, name) for parent in (shared, tempfile.gettempdir(), "/tmp") if parent]  # noqa: S108 - the folder in it is made private
        for candidate in candidates:
            if _fits(candidate) and candidate.parent.is_dir():
                return candidate
        raise KavenError(
            "socket_path_too_long",
            f"every folder's path is too long for PostgreSQL's socket (over {_LONGEST_SOCKET_PATH} bytes)",
            help="set TMPDIR to a folder with a short path: TMPDIR=/tmp kaven db up",
        )


def _fits(folder: Path) -> bool:
    length = len(os.fsencode(folder / _LONGEST_SOCKET_NAME))
    return length <= _LONGEST_SOCKET_PATH and bool(_PLAIN_PATH.fullmatch(str(folder)))


def unusable(path: Path, error: OSError) -> KavenError:
    """A file of the embedded server that cannot be read or written."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(path)
    return KavenError(
        "database_files_unusable",
        f"cannot use {shown_path(path)}: {error.strerror or error}",
        help=f"see who may use it: ls -ld {shown_path(path)} {shown_path(path.parent)}",
    )


def disk_full(path: Path) -> KavenError:
    return KavenError(
        "disk_full",
        f"no space is left for the embedded PostgreSQL in {shown_path(path)}",
        help=f"free some space, then run the command again: df -h {shown_path(path)}",
    )
