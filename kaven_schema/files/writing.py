"""Whole files or none: write beside, sync, rename."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path

from kaven_schema.diagnostics import KavenError
from kaven_schema.files.reading import shown_path

_LEFTOVER = r"\..+\.kaven-([0-9]+)\.tmp"


def write_atomically(path: Path, text: str, *, root: Path, mode: int | None = None) -> bool:
    """Replace a file as a whole, or leave it whole; returns whether its bytes changed.

    An existing file keeps its permissions; a new one gets `mode`, by default what the umask leaves.
    Raises KavenError `output_outside_project`, `output_is_directory` or `output_unwritable` (exit 3), with
    nothing changed.
    """
    target = real_target(path, root)
    content = text.encode("utf-8")
    sweep_leftovers(os.path.dirname(target))
    try:
        if _holds(target, content):
            return False
        _replace(target, content, mode)
    except IsADirectoryError:
        raise KavenError(
            "output_is_directory",
            f"{shown_path(path)} is a folder, the output must be a file",
            help="rename or remove the folder, or set another `output`",
        ) from None
    except OSError as error:
        raise unwritable(path, error) from None
    return True


def unwritable(path: Path, error: OSError) -> KavenError:
    shown, folder = shown_path(path), shown_path(path.parent)
    help_line = f"see the permissions and the free space: ls -ld {shown} {folder}; df {folder}"
    if isinstance(error, FileNotFoundError):
        help_line = f"create the folder: mkdir -p {folder}"
    return KavenError("output_unwritable", f"cannot write {shown}: {error.strerror or error}", help=help_line)


def real_target(path: Path, root: Path) -> str:
    """The real path to write to.

    A path that the user himself wrote outside of `root` is meant; one that only a symlink leads out is not.
    """
    named, real_root = os.path.abspath(path), os.path.realpath(root)
    project = _is_within(named, os.path.abspath(root)) or _is_within(named, real_root)
    boundary = real_root if project else os.path.realpath(os.path.dirname(named))
    target = os.path.realpath(path)
    if not _is_within(target, boundary):
        raise KavenError(
            "output_outside_project",
            f"{shown_path(path)} is, or lies behind, a symlink to {target}, outside of {boundary}",
            help="remove the symlink, or name the real path as the output",
        )
    return target


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _holds(target: str, content: bytes) -> bool:
    try:
        if os.stat(target).st_size != len(content):
            return False
        with open(target, "rb") as file:
            return file.read() == content
    except (FileNotFoundError, PermissionError):
        return False


def _replace(target: str, content: bytes, mode: int | None) -> None:
    existing = _existing(target)
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name}.kaven-{os.getpid()}.tmp")
    with open(temporary, "xb") as new:
        try:
            new.write(content)
            new.flush()
            _set_owner_and_mode(new.fileno(), existing, mode)
            os.fsync(new.fileno())
            os.replace(temporary, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    _sync_folder(folder)


def _existing(target: str) -> os.stat_result | None:
    try:
        # A rename asks nothing of the file that it replaces, but a read-only file is meant to stay.
        with open(target, "rb+", buffering=0) as old:
            found = os.fstat(old.fileno())
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    return found


def _set_owner_and_mode(descriptor: int, existing: os.stat_result | None, mode: int | None) -> None:
    if sys.platform == "win32":
        return
    if existing is not None:
        with suppress(OSError):
            os.fchown(descriptor, existing.st_uid, existing.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(existing.st_mode))
    elif mode is not None:
        os.fchmod(descriptor, mode)


def _sync_folder(folder: str) -> None:
    """The rename itself must survive a power cut; some file systems cannot sync a folder, the file stands."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sweep_leftovers(folder: str | os.PathLike[str]) -> None:
    """Remove the temporary files and folders of runs that were killed; those of a living process stay."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = re.fullmatch(_LEFTOVER, entry.name) if entry.name.endswith(".tmp") else None
            if found and _is_gone(int(found[1])):
                _remove(entry)


def _remove(entry: os.DirEntry[str]) -> None:
    with suppress(OSError):
        if entry.is_dir(follow_symlinks=False):
            import shutil

            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def _is_gone(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # signal 0 would end the process there, but an open file cannot be removed anyway
    if pid == os.getpid():
        return True  # containers give out the same few numbers: this is an earlier namesake
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False
