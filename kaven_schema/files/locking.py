"""One run at a time in a project."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.diagnostics import KavenError
from kaven_schema.files.reading import shown_path
from kaven_schema.files.writing import real_target, unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STATE_FOLDER = ".kaven"
_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 1.0


def state_folder(root: Path) -> Path:
    """The project's `.kaven`, for the lock and caches, made if need be and kept out of git.

    Raises KavenError `output_unwritable` or `output_outside_project`.
    """
    folder = root / STATE_FOLDER
    target = real_target(folder, root)
    ignore = os.path.join(target, ".gitignore")
    try:
        if not os.path.exists(ignore):
            os.makedirs(target, exist_ok=True)
            with open(ignore, "w", encoding="utf-8") as file:
                file.write("*\n")
    except OSError as error:
        raise unwritable(folder, error) from None
    return folder


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")


@contextmanager
def project_lock(
    root: Path, *, timeout: float = 10.0, notify: Callable[[str], None] = _say
) -> Iterator[None]:
    """Keep a second run out of the same project for as long as the block lasts.

    Waits up to `timeout` seconds and says so after one. Raises KavenError `project_locked`, or
    `output_unwritable` where the lock cannot be made.
    """
    path = state_folder(root) / "lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise unwritable(path, error) from None
    try:
        _acquire(path, descriptor, timeout, notify)
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


@contextmanager
def held_folder(folder: Path) -> Iterator[None]:
    """Until the end of the block, or of this process. Raises BlockingIOError where another one holds it."""
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _acquire(path: Path, descriptor: int, timeout: float, notify: Callable[[str], None]) -> None:
    start = time.monotonic()
    told = False
    while not _try_lock(path, descriptor):
        waited = time.monotonic() - start
        if waited >= timeout:
            raise KavenError(
                "project_locked",
                f"another kaven run ({_holder(path)}) holds {shown_path(path)}",
                help="wait for it to end, or end it, then run the command again",
            )
        if waited >= _PATIENCE_SECONDS and not told:
            notify(f"waiting for another kaven run ({_holder(path)}) to end …")
            told = True
        time.sleep(_POLL_SECONDS)


def _holder(path: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        pid = path.read_text(encoding="ascii").strip()
        if pid.isdigit():
            return f"process {pid}"
    return "process unknown"


def _try_lock(path: Path, descriptor: int) -> bool:
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        raise unwritable(path, error) from None
    return True


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        # Windows locks bytes: one far behind the number, which others must be able to read.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
