"""Whom the server runs as. PostgreSQL refuses root, which is what containers often give."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaven_schema.diagnostics import KavenError

_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Identity:
    """A user of this machine; `uid` None is whoever runs this process."""

    uid: int | None = None
    gid: int | None = None

    def give(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def command(
        self, arguments: Sequence[str | Path], needed: Sequence[Path]
    ) -> tuple[list[str], dict[str, Any]]:
        """The command line and the options of subprocess that run a program as this user.

        `needed` must be within its reach: where they are not, it gets the right to read past permissions,
        rather than the folders on the way being opened to everybody.
        """
        command = [str(argument) for argument in arguments]
        if self.uid is None or self.gid is None:
            return command, {}
        blocked = [folder for path in needed if (folder := _blocking(path, self.uid, self.gid))]
        if not blocked:
            return command, {"user": self.uid, "group": self.gid, "extra_groups": []}
        return [*_reading_past_permissions(self.uid, self.gid, blocked[0]), *command], {}


def server_identity(data: Path) -> Identity:
    """As root the owner of the data, or at first a user who owns little; else this process's own user."""
    if os.geteuid() != 0:
        return Identity()
    import pwd

    if data.is_dir() and (owner := data.stat()).st_uid != 0:
        return Identity(owner.st_uid, owner.st_gid)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(entry.pw_uid, entry.pw_gid)
    raise KavenError(
        "database_user_missing",
        f"PostgreSQL does not run as root, and this machine has no user {' or '.join(_CANDIDATES)}",
        help="run kaven as another user, or make one: useradd --system postgres",
    )


def _blocking(path: Path, uid: int, gid: int) -> Path | None:
    """The first folder on the way to `path` that the user may not pass."""
    for folder in reversed(path.parents):
        status = os.stat(folder)
        bit = stat.S_IXUSR if status.st_uid == uid else stat.S_IXGRP if status.st_gid == gid else stat.S_IXOTH
        if not status.st_mode & bit:
            return folder
    return None


def _reading_past_permissions(uid: int, gid: int, blocked: Path) -> list[str]:
    capability, setpriv = _capability(), shutil.which("setpriv")
    if capability is None or setpriv is None:
        raise KavenError(
            "database_out_of_reach",
            f"PostgreSQL does not run as root, and other users may not enter {blocked}",
            help=f"run kaven as another user, or let others pass through: chmod o+x {blocked}",
        )
    return [
        setpriv,
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        f"--inh-caps=+{capability}",
        f"--ambient-caps=+{capability}",
        # access(), with which PostgreSQL looks for its own programs, would else ask without the capability
        "--securebits=+no_setuid_fixup",
    ]


def _capability() -> str | None:
    """The narrower one if this process may pass it on; containers often keep only the wider."""
    setpcap = 8
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        effective = int(status.partition("CapEff:")[2].split()[0], 16)
    except (OSError, ValueError, IndexError):
        return None
    if not effective >> setpcap & 1:
        return None
    known = (("dac_read_search", 2), ("dac_override", 1))
    return next((name for name, bit in known if effective >> bit & 1), None)
