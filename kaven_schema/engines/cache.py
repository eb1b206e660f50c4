"""The user's cache: where it is, and one process at a time in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kaven_schema.diagnostics import KavenError

_PRIVATE = 0o700


def cache_folder() -> Path:
    """`$KAVEN_CACHE_DIR`, else the platform's place for caches; need not exist.

    Raises KavenError `cache_unwritable` if there is no home folder to put it in.
    """
    chosen = os.environ.get("KAVEN_CACHE_DIR")
    if chosen:
        return Path(os.path.abspath(chosen))
    shared = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(shared):
        return Path(shared, "kaven")
    try:
        return _platform_folder(Path.home())
    except RuntimeError as error:
        raise cache_unwritable(Path("~/.cache"), error) from None


def _platform_folder(home: Path) -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local", "kaven", "Cache")
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "kaven"
    return home / ".cache" / "kaven"


def private_folder(path: Path) -> Path:
    """Make the folder, closed to other users, unless it exists. Raises KavenError `cache_unwritable`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=_PRIVATE, exist_ok=True)
    except OSError as error:
        raise cache_unwritable(path, error) from None
    return path


def cache_unwritable(path: Path, error: Exception) -> KavenError:
    reason = getattr(error, "strerror", None) or error
    return KavenError(
        "cache_unwritable",
        f"cannot write to the cache {path}: {reason}",
        help="set KAVEN_CACHE_DIR to a folder that you may write to",
    )


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file `path` for as long as the block lasts; waits for another process to let go of it.

    The lock ends with the process, however that ends. Raises KavenError `cache_unwritable`.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise cache_unwritable(path, error) from None
    try:
        _lock(path, descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(path: Path, descriptor: int) -> None:
    try:
        _wait_for_lock(descriptor)
    except OSError as error:
        raise cache_unwritable(path, error) from None


def _wait_for_lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt
        from time import sleep

        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            except PermissionError:  # another process has it
                sleep(0.1)
            else:
                return
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
