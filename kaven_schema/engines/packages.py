"""npm packages that Prisma's engines come in, installed once into the user's cache."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.cache import cache_folder, cache_unwritable, exclusive, private_folder
from kaven_schema.engines.progress import Progress, silent

_RECIPES = Path(__file__).parent / "npm"
_LOCK_FILE = "package-lock.json"


def ensure_packages(name: str, *, recipes: Path = _RECIPES, progress: Progress = silent) -> Path:
    """The folder whose `node_modules` holds what `<recipes>/<name>/package-lock.json` pins, installed if need be.

    Raises KavenError `node_missing`, `npm_registry_unreachable`, `npm_failed`, `cache_unwritable`.
    """
    recipe = recipes / name
    pinned = (recipe / _LOCK_FILE).read_bytes()
    target = cache_folder() / "npm" / f"{name}-{sha256(pinned).hexdigest()[:16]}"
    if _exists(target):
        return target
    private_folder(target.parent)
    with exclusive(target.parent / f"{name}.lock"):
        if not _exists(target):
            _install(recipe, target, progress)
    return target


def _exists(target: Path) -> bool:
    try:
        return target.is_dir()
    except OSError as error:
        raise cache_unwritable(target, error) from None


def _install(recipe: Path, target: Path, progress: Progress) -> None:
    """Fill a folder beside the target, then rename it: whoever sees the target sees all of it."""
    import shutil
    import tempfile

    prefix = f".{target.name}-"
    _sweep(target.parent, prefix)
    try:
        staging = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    except OSError as error:
        raise cache_unwritable(target.parent, error) from None
    try:
        _fill(recipe, staging, progress)
        os.rename(staging, target)
    except OSError as error:
        raise cache_unwritable(target, error) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _sweep(folder: Path, prefix: str) -> None:
    """Remove what killed installations left; only called while the lock is held."""
    import shutil

    for leftover in folder.glob(f"{prefix}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _fill(recipe: Path, staging: Path, progress: Progress) -> None:
    from shutil import copyfile

    from kaven_schema.engines.npm_run import npm_ci

    for file in ("package.json", _LOCK_FILE):
        copyfile(recipe / file, staging / file)
    folders = _package_folders(recipe)
    # npm asks the registry twice for each package: which file, then the file.
    with progress(f"Installing {_short_names(folders)} (needed once)", 2 * len(folders)) as advance:
        npm_ci(staging, advance)
    missing = [folder for folder in folders if not (staging / folder / "package.json").is_file()]
    if missing:
        raise KavenError(
            "npm_failed",
            f"npm reported success but did not install {_short_names(missing)}",
            help="look at npm's settings with: npm config list",
        )


def _package_folders(recipe: Path) -> list[str]:
    import json

    packages: dict[str, dict[str, Any]] = json.loads((recipe / _LOCK_FILE).read_bytes())["packages"]
    return [folder for folder, entry in packages.items() if folder and not entry.get("optional")]


def _short_names(folders: list[str]) -> str:
    names = [folder.removeprefix("node_modules/") for folder in folders]
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:2])} and {len(names) - 2} more"
