"""Where releases come from: a folder, an archive, a git repository at a tag, an installed package."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import shown_path
from kaven_schema.update.release.catalogue import Catalogue, catalogue_of, read_catalogue
from kaven_schema.update.release.tree import read_archive_tree, read_folder_tree

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

SHIPPED = "shipped"
_GROUP = "kaven.releases"
_ARCHIVES = (".tar.gz", ".tgz", ".zip")
_GIT = re.compile(r"(?:git\+.+|(?:https?|ssh|git|file)://.+|[\w.-]+@[\w.-]+:.+)")


def open_source(source: str, folder: Path, *, vendor_key: str = "") -> Catalogue:
    """The releases of a source; paths are relative to `folder`.

    `source` is a folder or archive (of one release, or of several), `git+URL@TAG` (behind `#` a folder of it),
    `package:NAME` for an entry point of the group `kaven.releases`, or `shipped` for those of this package.
    Raises KavenError `release_source_unknown` (exit 2), `git_missing`, `git_failed`, `release_package_unknown`,
    and as `read_catalogue` does.
    """
    if source == SHIPPED:
        from kaven_schema.resources import release_folder

        return _from_path(Path(release_folder()), SHIPPED, vendor_key)
    if source.startswith("package:"):
        return _from_path(_package_folder(source.removeprefix("package:")), source, vendor_key)
    path = folder / source
    if not os.path.exists(path) and _GIT.fullmatch(source):
        return _from_git(source, vendor_key)
    return _from_path(path, shown_path(path), vendor_key)


def _from_path(path: Path, origin: str, vendor_key: str) -> Catalogue:
    if path.is_dir():
        archives = [] if (path / "release.toml").exists() else list(_archives(path))
        tree = {
            name: content
            for name, content in read_folder_tree(path).items()
            if name not in {one.name for one in archives}
        }
        found = [
            read_catalogue(read_archive_tree(one), shown_path(one), vendor_key=vendor_key) for one in archives
        ]
        if any(name.rpartition("/")[2] == "release.toml" for name in tree) or not archives:
            found.append(read_catalogue(tree, origin, vendor_key=vendor_key))
        return catalogue_of(origin, [release for one in found for release in one.releases])
    if path.is_file() and path.name.endswith(_ARCHIVES):
        return read_catalogue(read_archive_tree(path), origin, vendor_key=vendor_key)
    raise KavenError(
        "release_source_unknown",
        f"{origin} is no folder, no .tar.gz and no .zip",
        help="name a folder or an archive, git+URL@TAG, or package:NAME",
        exit_code=ExitCode.WRONG_USE,
    )


def _archives(folder: Path) -> Iterator[Path]:
    for name in sorted(os.listdir(folder)):
        if name.endswith(_ARCHIVES) and os.path.isfile(folder / name):
            yield folder / name


# --- packages -------------------------------------------------------------------------------------------


def _package_folder(name: str) -> Path:
    from importlib.metadata import entry_points

    group = entry_points(group=_GROUP)
    found = next((point for point in group if point.name == name), None)
    if found is None:
        known = ", ".join(sorted(point.name for point in group)) or "none is installed"
        raise KavenError(
            "release_package_unknown",
            f"no installed package offers releases under the name {name}",
            help=f"install the vendor's package, or choose of those that are there: {known}",
            exit_code=ExitCode.WRONG_USE,
        )
    return _loaded_folder(found)


def _loaded_folder(point: EntryPoint) -> Path:
    """What the entry point names: a package, a path, or a function that gives one."""
    try:
        loaded = point.load()
        value = loaded() if callable(loaded) else loaded
        paths = list(getattr(value, "__path__", ()))
        return Path(paths[0] if paths else value)
    except Exception as error:  # noqa: BLE001 - other people's code, run at its import
        raise KavenError(
            "release_package_broken",
            f"the entry point {point.name} = {point.value} leads to no folder: {error}",
            help="install the vendor's package again, or name another source: --from SOURCE",
        ) from None


# --- git ------------------------------------------------------------------------------------------------


def _from_git(source: str, vendor_key: str) -> Catalogue:
    import tempfile

    address, _, inside = source.removeprefix("git+").partition("#")
    url, at, tag = address.rpartition("@")
    if not at or "/" not in url or not re.fullmatch(r"[\w.][\w./+-]*", tag) or url.startswith("-"):
        raise KavenError(
            "release_tag_missing",
            f"{source} names no tag: a branch moves, a release must not",
            help="write the tag behind an @: git+https://host/vendor/releases@v2.0.0",
            exit_code=ExitCode.WRONG_USE,
        )
    with tempfile.TemporaryDirectory(prefix="kaven-release-") as folder:
        _clone(url, tag, folder)
        top = os.path.realpath(os.path.join(folder, inside))
        if not top.startswith(os.path.realpath(folder)):
            raise _git_failed(url, f"{inside} leads out of the repository")
        return _from_path(Path(top), f"{url}@{tag}", vendor_key)


def _clone(url: str, tag: str, folder: str) -> None:
    import subprocess

    options = ["--quiet", "--depth", "1", "--branch", tag, "--config", "core.autocrlf=false"]
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file"}
    try:
        done = subprocess.run(
            ["git", "clone", *options, "--", url, folder],
            capture_output=True,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=600,
        )
    except FileNotFoundError:
        raise KavenError(
            "git_missing", "git is not installed", help="install git, or name a folder or an archive"
        ) from None
    except subprocess.TimeoutExpired:
        raise _git_failed(url, "it took more than ten minutes") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _git_failed(url, said[-1] if said else "git says nothing")


def _git_failed(url: str, why: str) -> KavenError:
    return KavenError(
        "git_failed",
        f"cannot get {url}: {why}",
        help="see that the tag exists and that you may read it: git ls-remote --tags URL",
    )
