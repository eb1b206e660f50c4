"""Putting a generated package where it belongs: as a whole where nothing else is there, else file by file."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import copyfile, copymode, rmtree

from kaven_schema.client.lean.rewrite import LEAN_FILES
from kaven_schema.client.tenant.writing import TENANT_FILES
from kaven_schema.diagnostics import KavenError
from kaven_schema.files import sweep_leftovers


def install_client(made: Path, output: Path, *, keep: Path) -> None:
    """Replace the client at `output` by the package at `made`; the file `keep` is never touched.

    A reader sees the old client or the new one. Files at `output` that are no part of a client stay; with
    such files, and where its parent folder cannot be written, the client is replaced file by file.
    Raises KavenError `client_output_unwritable`.
    """
    output = Path(os.path.realpath(output))
    sweep_leftovers(str(output.parent))
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        alone = _holds_only(output, made) and output not in keep.resolve().parents
        if not (alone and _replace_folder(made, output)):
            _replace_files(made, output, keep)
    except OSError as error:
        raise KavenError(
            "client_output_unwritable",
            f"cannot write the client to {output}: {error.strerror or error}",
            help='name a folder that you may write to in kaven.toml: client_output = "src/app/client"',
        ) from None


def _holds_only(output: Path, made: Path) -> bool:
    """Whether nothing would be lost if the folder, or the free place, were replaced."""
    if output.exists() and not output.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "there is a file of that name")
    former = _former(made, output)
    return all((made / file.relative_to(output)).exists() or file in former for file in _files(output))


def _former(made: Path, output: Path) -> tuple[Path, ...]:
    """What was added to the client at `output`, where the new one has it not: a stub would hide its types."""
    return tuple(
        output / name
        for files in (LEAN_FILES, TENANT_FILES)
        if (output / files[0]).exists()
        for name in files
        if not (made / name).exists()
    )


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        with suppress(ValueError):
            folders.remove("__pycache__")
        yield from (Path(parent, name) for name in (*names, *folders))


def _replace_folder(made: Path, output: Path) -> bool:
    """Whether it could be done: not in a parent that cannot be written, not with a mounted folder."""
    beside = output.with_name(f".{output.name}.kaven-{os.getpid()}.tmp")
    rmtree(beside, ignore_errors=True)
    try:
        _copy(made, beside)
        _swap(beside, output)
    except OSError:
        return False
    finally:
        rmtree(beside, ignore_errors=True)
    return True


def _copy(made: Path, target: Path) -> None:
    target.mkdir()
    for source in _files(made):
        copy = target / source.relative_to(made)
        if source.is_dir():
            copy.mkdir()
        else:
            copyfile(source, copy)


def _swap(new: Path, output: Path) -> None:
    if not output.exists():
        new.rename(output)
        return
    copymode(output, new)
    if _exchange(new, output):
        return
    old = new.with_suffix(".old")
    output.rename(old)
    try:
        new.rename(output)
    except OSError:
        old.rename(output)
        raise
    rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Linux swaps two folders in one step, if the file system can."""
    if sys.platform != "linux":
        return False
    import ctypes

    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    try:
        rename = ctypes.CDLL(None).renameat2
    except AttributeError:
        return False
    return bool(rename(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0)


def _replace_files(made: Path, output: Path, keep: Path) -> None:
    output.mkdir(exist_ok=True)
    for source in _files(made):
        target = output / source.relative_to(made)
        if source.is_dir():
            target.mkdir(exist_ok=True)
        elif not (target.exists() and target.samefile(keep)):
            _replace_file(source, target)
    for file in _former(made, output):
        file.unlink(missing_ok=True)


def _replace_file(source: Path, target: Path) -> None:
    beside = target.with_name(f".{target.name}.kaven-{os.getpid()}.tmp")
    try:
        copyfile(source, beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
