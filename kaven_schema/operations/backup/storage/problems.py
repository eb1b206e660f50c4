"""What goes wrong with a place for backups, and what to do about it."""

from __future__ import annotations

import errno
import shlex
from pathlib import Path

from kaven_schema.diagnostics import ExitCode, KavenError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)


def object_exists(name: str, url: str) -> KavenError:
    return KavenError(
        "backup_object_exists",
        f"{name} is there already in {url}: another run wrote it",
        help="see what is there: kaven backup list; then run the command again",
    )


def object_missing(name: str, url: str) -> KavenError:
    return KavenError(
        "backup_object_missing",
        f"{name} is not in {url}",
        help="see which backups are whole: kaven backup verify --all",
        exit_code=ExitCode.PROBLEMS,
    )


def object_changed(name: str) -> KavenError:
    return KavenError(
        "backup_object_changed",
        f"{name} changed, or was cut off, while it was read",
        help="run the command again when nothing else writes there",
    )


def object_too_large(name: str, limit: int) -> KavenError:
    return KavenError(
        "backup_object_too_large",
        f"{name} is larger than {limit >> 30} GiB, the most that goes into one object here",
        help="keep this backup in a folder, or make a physical one: kaven backup pitr",
    )


def folder_problem(error: OSError, path: Path) -> KavenError:
    folder = shlex.quote(str(path.parent))
    reason = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return KavenError(
            "backup_store_full",
            f"there is no room for {path}: {reason}",
            help=f"free some space, or remove old backups: kaven backup prune; see: df {folder}",
        )
    if error.errno in _DENIED:
        return KavenError(
            "backup_store_denied",
            f"{path} may not be used: {reason}",
            help=f"give this user the folder, or name another one; see: ls -ld {folder}",
        )
    return KavenError(
        "backup_store_failed",
        f"{path} cannot be used: {reason}",
        help=f"see what is there: ls -la {folder}",
    )
