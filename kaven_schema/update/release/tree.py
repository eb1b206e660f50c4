"""The files of a release in memory, from a folder or an archive. Nothing is unpacked to disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import shown_path

if TYPE_CHECKING:
    import tarfile
    import zipfile

Tree = Mapping[str, bytes]

MOST_FILES = 20_000
MOST_BYTES_A_FILE = 32 * 1024 * 1024
MOST_BYTES = 256 * 1024 * 1024
# What version control and systems leave in a folder is no part of a release.
_PASSED_OVER = frozenset((".git", ".hg", ".svn", ".DS_Store", "__pycache__", "__MACOSX"))


def refused(shown: str, what: str) -> KavenError:
    return KavenError(
        "release_unsafe",
        f"{shown} is refused: {what}",
        help="get the release again from its vendor; nothing was unpacked",
        exit_code=ExitCode.PROBLEMS,
    )


class _Budget:
    """Counts what comes out of a source, so that a small archive cannot fill the memory."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.files: dict[str, bytes] = {}
        self._bytes = 0

    def take(self, name: str, opened: IO[bytes]) -> None:
        name = checked_name(name, self.shown)
        if name in self.files:
            raise refused(self.shown, f"it holds {name} twice")
        content = opened.read(MOST_BYTES_A_FILE + 1)
        self._bytes += len(content)
        if len(content) > MOST_BYTES_A_FILE:
            raise refused(self.shown, f"{name} has more than {MOST_BYTES_A_FILE >> 20} MiB")
        if self._bytes > MOST_BYTES:
            raise refused(self.shown, f"its files have more than {MOST_BYTES >> 20} MiB together")
        if len(self.files) >= MOST_FILES:
            raise refused(self.shown, f"it holds more than {MOST_FILES} files")
        self.files[name] = content


def checked_name(name: str, shown: str) -> str:
    """A path inside of the release, with `/`. Raises KavenError `release_unsafe`."""
    path = PurePosixPath(name)
    is_windows = "\\" in name or (len(name) > 1 and name[1] == ":")
    if not path.parts or path.is_absolute() or ".." in path.parts or is_windows or "\0" in name:
        raise refused(shown, f"the name {name[:80]!r} leads out of it")
    return str(path)


def is_passed_over(name: str) -> bool:
    return not _PASSED_OVER.isdisjoint(name.split("/"))


def read_folder_tree(folder: Path) -> dict[str, bytes]:
    """Raises KavenError `release_unsafe` for links and special files, `file_unreadable`."""
    budget = _Budget(shown_path(folder))
    for name, path in _walk(folder, budget.shown):
        try:
            if not stat.S_ISREG(os.lstat(path).st_mode):
                raise refused(budget.shown, f"{name} is a link, or no plain file")
            with open(path, "rb") as opened:
                budget.take(name, opened)
        except OSError as error:
            raise _unreadable(Path(path), error) from None
    return budget.files


def _walk(folder: Path, shown: str) -> Iterator[tuple[str, str]]:
    def fail(error: OSError) -> None:
        raise _unreadable(folder, error) from None

    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if name not in _PASSED_OVER)
        for name in folders:
            if os.path.islink(os.path.join(parent, name)):
                raise refused(shown, f"{name} is a link")
        for name in sorted(set(names) - _PASSED_OVER):
            path = os.path.join(parent, name)
            yield os.path.relpath(path, folder).replace(os.sep, "/"), path


def read_archive_tree(archive: Path) -> dict[str, bytes]:
    """Raises KavenError `release_unsafe`, `release_truncated`, `file_not_found`, `file_unreadable`."""
    import tarfile
    import zipfile
    import zlib
    from lzma import LZMAError

    budget = _Budget(shown_path(archive))
    broken = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, LZMAError, NotImplementedError)
    try:
        if archive.name.endswith(".zip"):
            with zipfile.ZipFile(archive) as opened:
                _take_zip(opened, budget)
        else:
            with tarfile.open(fileobj=_unzipped(archive, budget.shown), mode="r:") as packed:
                _take_tar(packed, budget)
    except (*broken, RuntimeError) as error:  # zipfile says so of encrypted members
        raise _truncated(budget.shown, error) from None
    except OSError as error:
        if error.errno is None:  # gzip's own: bad magic, a wrong checksum
            raise _truncated(budget.shown, error) from None
        raise _unreadable(archive, error) from None
    return budget.files


def _unzipped(archive: Path, shown: str) -> IO[bytes]:
    """The whole of it first: tarfile stops before gzip's checksum."""
    import gzip
    import io

    with gzip.open(archive) as opened:
        content = opened.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise refused(shown, f"its files have more than {MOST_BYTES >> 20} MiB together")
    return io.BytesIO(content)


def _take_tar(packed: tarfile.TarFile, budget: _Budget) -> None:
    for number, member in enumerate(packed):
        if number > 2 * MOST_FILES:
            raise refused(budget.shown, f"it holds more than {MOST_FILES} files")
        name = checked_name(member.name, budget.shown) if member.name.strip("./") else ""
        if not name or member.isdir() or is_passed_over(name):
            continue
        if not member.isfile():
            raise refused(budget.shown, f"{name} is a link, or no plain file")
        if opened := packed.extractfile(member):
            budget.take(name, opened)


def _take_zip(packed: zipfile.ZipFile, budget: _Budget) -> None:
    for member in packed.infolist():
        name = checked_name(member.filename, budget.shown)
        if member.is_dir() or is_passed_over(name):
            continue
        mode = member.external_attr >> 16
        if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise refused(budget.shown, f"{name} is a link, or no plain file")
        with packed.open(member) as opened:
            budget.take(name, opened)


def _truncated(shown: str, error: Exception) -> KavenError:
    return KavenError(
        "release_truncated",
        f"{shown} is no whole archive: {str(error) or type(error).__name__}",
        help="get it again: what is there is truncated, damaged, or not a .tar.gz or .zip",
        exit_code=ExitCode.PROBLEMS,
    )


def _unreadable(path: Path, error: OSError) -> KavenError:
    return KavenError(
        "file_unreadable",
        f"cannot read {shown_path(path)}: {error.strerror or error}",
        help=f"see that it is there and who may read it: ls -ld {shown_path(path)}",
    )
