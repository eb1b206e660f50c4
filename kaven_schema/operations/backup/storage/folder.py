"""Backups in a folder: written beside under another name, synced, then named."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path

from kaven_schema.operations.backup.storage.problems import (
    folder_problem,
    object_changed,
    object_exists,
    object_missing,
)
from kaven_schema.operations.backup.storage.store import Sink, Source, Stored, checked_name, is_name

_MARK = ".kaven-x"  # in no name of ours, for those do not begin with a dot
_ATTEMPTS = 5
_ABANDONED_SECONDS = 24 * 60 * 60  # where there are no locks to tell
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class FolderStore:
    """A folder that only its owner may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def url(self) -> str:
        return str(self._folder)

    @contextmanager
    def writer(self, name: str, *, replace: bool = False) -> Iterator[Sink]:
        target = self._folder / checked_name(name)
        with _told(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _told(target):
            if not replace and target.exists():
                raise object_exists(name, self.url)
            temporary, descriptor = _open_beside(target)
        try:
            yield _FolderSink(descriptor, target)
            with _told(target):
                os.fsync(descriptor)
                if not _name(temporary, target, replace=replace):
                    raise object_exists(name, self.url)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            os.close(descriptor)  # the lock ends with it, so it ends last
        _sync_folders(target.parent, self._folder)

    @contextmanager
    def reader(self, name: str) -> Iterator[Source]:
        path = self._folder / checked_name(name)
        with _told(path):
            try:
                file = path.open("rb", buffering=0)
            except FileNotFoundError:
                raise object_missing(name, self.url) from None
        with file:
            yield _FolderSource(file.fileno(), path)

    def names(self, prefix: str = "") -> Iterator[Stored]:
        with _told(self._folder):
            found = [entry for entry in _walk(self._folder, "", prefix) if is_name(entry.name)]
        yield from sorted(found, key=attrgetter("name"))

    def remove(self, names: Sequence[str]) -> None:
        for name in names:
            path = self._folder / checked_name(name)
            with _told(path):
                path.unlink(missing_ok=True)
            _remove_empty(path.parent, self._folder)

    def sweep(self) -> None:
        with _told(self._folder):
            leftovers = [*_temporary_files(self._folder)]
        for path in leftovers:
            _remove_dead(path)
            _remove_empty(path.parent, self._folder)


class _FolderSink:
    def __init__(self, descriptor: int, target: Path) -> None:
        self._descriptor = descriptor
        self._target = target

    def write(self, data: bytes, /) -> None:
        rest = memoryview(data)
        with _told(self._target):
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]


class _FolderSource:
    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path
        self._left = os.fstat(descriptor).st_size

    def read(self, size: int, /) -> bytes:
        with _told(self._path):
            data = os.read(self._descriptor, min(size, self._left))
        if not data and self._left and size:
            raise object_changed(self._path.name)
        self._left -= len(data)
        return data


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the system refuses, in words."""
    try:
        yield
    except OSError as error:
        raise folder_problem(error, path) from None


def _open_beside(target: Path) -> tuple[Path, int]:
    """A new file that is locked for as long as it is open: so a sweep knows that its writer lives."""
    for _ in range(_ATTEMPTS):
        temporary = target.with_name(f".{target.name}{_MARK}{secrets.token_hex(6)}.tmp")
        with suppress(FileNotFoundError):  # another run has just removed the folder, for it was empty
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            if _lock(descriptor) is not False and temporary.exists():
                return temporary, descriptor
            os.close(descriptor)  # a sweep came before the lock
    raise OSError(errno.EBUSY, "other runs keep removing what is new in it")


def _lock(descriptor: int) -> bool | None:
    """False where somebody else holds it; None where the file system has no locks."""
    if sys.platform == "win32":
        return True  # there an open file cannot be removed
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _name(temporary: Path, target: Path, *, replace: bool) -> bool:
    """False where the name is taken, by whomever and however late."""
    if replace:
        temporary.replace(target)
        return True
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if target.exists():  # a file system without links, such as FAT: after this line there is a gap
            return False
        temporary.replace(target)
    return True


def _sync_folders(folder: Path, root: Path) -> None:
    """The name must survive a power cut, also in a folder that is new itself."""
    if sys.platform == "win32":
        return
    for path in (folder, *folder.parents):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        if path == root.parent:
            return


def _walk(folder: Path, above: str, prefix: str) -> Iterator[Stored]:
    try:
        entries = [*os.scandir(folder)]
    except FileNotFoundError:
        return
    for entry in entries:
        name = f"{above}{entry.name}"
        with suppress(FileNotFoundError):  # removed at this moment
            if entry.is_dir(follow_symlinks=False):
                if f"{name}/".startswith(prefix) or prefix.startswith(f"{name}/"):
                    yield from _walk(Path(entry.path), f"{name}/", prefix)
            elif name.startswith(prefix) and entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                yield Stored(name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _temporary_files(root: Path) -> Iterator[Path]:
    for folder, _, files in os.walk(root):
        for name in files:
            if name.startswith(".") and _MARK in name and name.endswith(".tmp"):
                yield Path(folder, name)


def _remove_dead(path: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0))
        try:
            status = os.fstat(descriptor)
            locked = _lock(descriptor)
            is_old = time.time() - status.st_mtime > _ABANDONED_SECONDS
            if stat.S_ISREG(status.st_mode) and (locked or (locked is None and is_old)):
                path.unlink()
        finally:
            os.close(descriptor)


def _remove_empty(folder: Path, root: Path) -> None:
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent
