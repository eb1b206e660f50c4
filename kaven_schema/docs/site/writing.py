"""The site on disk: a folder that stands there as a whole, and that only replaces one which was written here before."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import shown_path, sweep_leftovers
from kaven_schema.files.writing import unwritable

MARKER = ".kaven-docs.json"
_ABOUT = "written by `kaven docs`, which replaces the files below and keeps all others in this folder"


def stale_files(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """What `write_site` would change, by paths: missing, different, or no longer wanted."""
    wanted = {**files, MARKER: _marker(files)}
    known = _written_before(folder) if folder.is_dir() else set()
    return sorted(
        {path for path, content in wanted.items() if _content(folder / path) != content}
        | {path for path in known - wanted.keys() if (folder / path).exists()}
    )


def write_site(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Whether that changed anything. Files in the folder that are none of ours stay.

    Raises KavenError `docs_folder_not_ours`, `output_unwritable`; the folder is then as it was.
    """
    target = Path(os.path.realpath(folder))
    _recover(target)
    check_ours(target, folder)
    if not stale_files(target, files):
        return False
    staging = target.with_name(f".{target.name}.kaven-{os.getpid()}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep_leftovers(target.parent)
        try:
            _fill(staging, files)
            _keep_others(target, staging)
            _swap(staging, target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise unwritable(folder, error) from None
    return True


def check_ours(target: Path, shown: Path) -> None:
    """Raises KavenError `docs_folder_not_ours`: nobody's files are replaced by accident."""
    if not os.path.lexists(target):
        return
    if target.is_dir() and ((target / MARKER).is_file() or not any(target.iterdir())):
        return
    what = "is a folder that `kaven docs` did not write" if target.is_dir() else "is no folder"
    raise KavenError(
        "docs_folder_not_ours",
        f"{shown_path(shown)} {what}",
        help="name a new or an empty folder: kaven docs --output site",
        exit_code=ExitCode.WRONG_USE,
    )


def _fill(staging: Path, files: Mapping[str, bytes]) -> None:
    for parent in sorted({(staging / path).parent for path in files}):
        parent.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        (staging / path).write_bytes(content)
    (staging / MARKER).write_bytes(_marker(files))


def _keep_others(target: Path, staging: Path) -> None:
    """What somebody put beside our pages, a CNAME for instance, goes on standing there."""
    if not target.is_dir():
        return
    ours = {MARKER, *_written_before(target)}
    for path in _others(target, ours):
        copy = staging / path
        if not os.path.lexists(copy):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(target / path, copy, follow_symlinks=False)


def _others(target: Path, ours: set[str]) -> Iterator[str]:
    for parent, folders, names in os.walk(target):
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in [*names, *links]:
            path = os.path.relpath(os.path.join(parent, name), target).replace(os.sep, "/")
            if path not in ours:
                yield path


def _swap(staging: Path, target: Path) -> None:
    if not target.exists():
        os.rename(staging, target)
        return
    shutil.copymode(target, staging)
    old = _old(target)
    os.rename(target, old)
    try:
        os.rename(staging, target)
    except BaseException:
        os.rename(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _old(target: Path) -> Path:
    """Where the folder stands for the moment between two renames. No sweep for leftovers takes this name."""
    return target.with_name(f".{target.name}.kaven-old")


def _recover(target: Path) -> None:
    """What a run left that was killed in that very moment, or before it had removed what it had replaced."""
    old = _old(target)
    with suppress(OSError):
        if not (old / MARKER).is_file():
            return
        if target.exists():
            shutil.rmtree(old)
        else:
            os.rename(old, target)


def _marker(files: Mapping[str, bytes]) -> bytes:
    digest = sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{sha256(files[path]).hexdigest()}\n".encode())
    content = {"about": _ABOUT, "digest": digest.hexdigest(), "files": sorted(files)}
    return (json.dumps(content, indent=1) + "\n").encode()


def _written_before(folder: Path) -> set[str]:
    with suppress(OSError, ValueError, LookupError, TypeError):
        listed = json.loads((folder / MARKER).read_text(encoding="utf-8"))["files"]
        return {path for path in listed if isinstance(path, str) and _is_inside(path)}
    return set()


def _is_inside(path: str) -> bool:
    return not os.path.isabs(path) and ".." not in Path(path).parts


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
