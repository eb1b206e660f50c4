"""All releases of one source, and the way from one to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.update.release.manifest import MANIFEST
from kaven_schema.update.release.release import Release, read_release
from kaven_schema.update.release.tree import Tree
from kaven_schema.update.release.version import Version


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The releases of one vendor, oldest first. `origin` is the source as it was named."""

    origin: str
    releases: tuple[Release, ...]

    @property
    def name(self) -> str:
        return self.releases[0].manifest.name

    def find(self, version: Version) -> Release | None:
        return next((one for one in self.releases if one.version == version), None)

    def with_base(self, digest: str) -> Release | None:
        """The release that shipped exactly this base; the newest where several did."""
        return next((one for one in reversed(self.releases) if one.base_digest == digest), None)

    def newest(self) -> Release:
        """The newest one that is no preview; a preview where there is nothing else."""
        finished = [one for one in self.releases if not one.version.is_preview]
        return (finished or list(self.releases))[-1]

    def chosen(self, version: Version | None) -> Release:
        """Raises KavenError `release_unknown` (exit 2)."""
        found = self.find(version) if version else self.newest()
        if found is None:
            known = ", ".join(str(one.version) for one in self.releases[-8:])
            raise KavenError(
                "release_unknown",
                f"{self.origin} has no release {version}",
                help=f"choose one of {known}; or name another source: --from SOURCE",
                exit_code=ExitCode.WRONG_USE,
            )
        return found

    def steps(self, installed: Version, target: Release) -> tuple[Release, ...]:
        """The releases to go through, oldest first; none where the target is installed.

        Raises KavenError `release_downgrade`, `release_skipped` (exit 1).
        """
        if target.version == installed:
            return ()
        if target.version < installed:
            raise KavenError(
                "release_downgrade",
                f"{target.version} is older than {installed}, which is installed",
                help="to go back to the release before: kaven rollback",
                exit_code=ExitCode.PROBLEMS,
            )
        way = [target]
        while (previous := way[-1].manifest.previous) != installed:
            found = self.find(previous) if previous and previous > installed else None
            if found is None:
                raise _skipped(self.origin, installed, way[-1])
            way.append(found)
        return tuple(reversed(way))


def read_catalogue(tree: Tree, origin: str, *, vendor_key: str = "") -> Catalogue:
    """Every release in a tree: at its top, or in folders of it. Raises KavenError as `read_release` does,
    and `release_source_empty`, `release_twice`, `release_names_differ`.
    """
    releases = [
        read_release(files, f"{origin}/{folder}" if folder else origin, vendor_key=vendor_key)
        for folder, files in _folders(tree).items()
    ]
    if not releases:
        raise _fault(
            "release_source_empty", f"{origin} holds no release: no {MANIFEST} in it or in its folders"
        )
    return catalogue_of(origin, releases)


def catalogue_of(origin: str, releases: list[Release]) -> Catalogue:
    """Raises KavenError `release_twice`, `release_names_differ`."""
    ordered = sorted(releases, key=lambda one: one.version)
    for first, second in pairwise(ordered):
        if first.version == second.version:
            message = f"{first.origin} and {second.origin} are both release {first.version}"
            raise _fault("release_twice", message)
        if first.manifest.name != second.manifest.name:
            message = f"{origin} holds releases of {first.manifest.name} and of {second.manifest.name}"
            raise _fault("release_names_differ", message)
    return Catalogue(origin, tuple(ordered))


def _folders(tree: Tree) -> Mapping[str, Tree]:
    """The files of each release, by its folder; a release inside of another is a part of that one's files."""
    tops = sorted(
        (name.removesuffix(MANIFEST) for name in tree if name.rpartition("/")[2] == MANIFEST), key=len
    )
    found: dict[str, dict[str, bytes]] = {}
    for top in tops:
        if not any(top.startswith(other) and other for other in found) and "" not in found:
            found[top] = {}
    for name, content in tree.items():
        parts = name.split("/")
        for depth in range(len(parts)):
            top = "".join(f"{part}/" for part in parts[:depth])
            if top in found:
                found[top][name.removeprefix(top)] = content
                break
    return {top.rstrip("/"): files for top, files in found.items()}


def _skipped(origin: str, installed: Version, release: Release) -> KavenError:
    previous = release.manifest.previous
    if previous is None or previous < installed:
        after = f"follows {previous}" if previous else "follows none"
        message = f"{release.version} {after}: no way leads to it from {installed}, which is installed"
        return _fault("release_skipped", message)
    return KavenError(
        "release_skipped",
        f"{release.version} follows {previous}, which {origin} does not have; {installed} is installed",
        help=f"update to {previous} first, or name a source that has it: --from SOURCE",
        exit_code=ExitCode.PROBLEMS,
    )


def _fault(rule: str, message: str) -> KavenError:
    return KavenError(
        rule,
        message,
        help="name another source: --from SOURCE; or ask the vendor",
        exit_code=ExitCode.PROBLEMS,
    )
