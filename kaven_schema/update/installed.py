"""Which release a project stands on, and what it would be updated from."""

from __future__ import annotations

from dataclasses import dataclass

from kaven_schema.config import Settings
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import read_source, shown_path
from kaven_schema.source import Source
from kaven_schema.update.kept import read_kept_base
from kaven_schema.update.lock import Lock, lock_path, read_lock
from kaven_schema.update.release import Catalogue
from kaven_schema.update.release.release import text_digest


@dataclass(frozen=True, slots=True)
class Installed:
    """`base` is what the release shipped. `is_new` where the lock is not written yet: base alone told which it is."""

    lock: Lock
    base: Source
    is_new: bool = False


def find_installed(settings: Settings, catalogue: Catalogue) -> Installed:
    """By the lock, else by the base, which is that of a release in the catalogue.

    Raises KavenError `release_not_recognised`, `release_names_differ`, and as `read_lock` and `read_kept_base` do.
    """
    lock = read_lock(settings.root)
    if lock is None:
        return _recognised(settings, catalogue)
    if lock.vendor != catalogue.name:
        raise KavenError(
            "release_names_differ",
            f"{catalogue.origin} holds releases of {catalogue.name}; {lock.vendor} is installed",
            help="name the vendor's own source: --from SOURCE",
            exit_code=ExitCode.WRONG_USE,
        )
    return Installed(lock, read_kept_base(settings, lock))


def _recognised(settings: Settings, catalogue: Catalogue) -> Installed:
    base = read_source(settings.base)
    release = catalogue.with_base(text_digest(base.text))
    if release is None:
        known = ", ".join(str(one.version) for one in catalogue.releases)
        raise KavenError(
            "release_not_recognised",
            f"{shown_path(settings.base)} is the base of no release that {catalogue.origin} has, and there is no "
            f"{shown_path(lock_path(settings.root))}",
            help=f"say which release it was made from ({known}): kaven update --restore-base --to VERSION",
            exit_code=ExitCode.PROBLEMS,
        )
    lock = Lock(vendor=catalogue.name, release=release.version, base=release.base_digest)
    return Installed(lock, Source(base.path, release.base.text), is_new=True)
