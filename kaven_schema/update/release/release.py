"""One release, whole and checked."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.source import Source
from kaven_schema.update.release.manifest import MANIFEST, SIGNATURE, Manifest, read_manifest
from kaven_schema.update.release.signing import check_signature
from kaven_schema.update.release.tree import Tree
from kaven_schema.update.release.version import Version

BASE = "schema.base.prisma"
_MIGRATIONS = "migrations/"
_SCRIPT = "/migration.sql"
_MIGRATION_NAME = re.compile(r"(?:\d{14}|\d{3})_(?:kaven_)?([a-z0-9][a-z0-9_]{0,199})")


@dataclass(frozen=True, slots=True)
class ReleaseMigration:
    """A migration as the vendor ships it; `title` is its name without time and owner."""

    name: str
    title: str
    sql: str

    @property
    def digest(self) -> str:
        return text_digest(self.sql)


@dataclass(frozen=True, slots=True)
class Release:
    """`origin` is where it was found, as people read it; `base` bears the release's version in its path."""

    manifest: Manifest
    base: Source
    migrations: tuple[ReleaseMigration, ...]
    origin: str

    @property
    def version(self) -> Version:
        return self.manifest.version

    @property
    def base_digest(self) -> str:
        return text_digest(self.base.text)


def digest_of(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def text_digest(text: str) -> str:
    """The same for all line ends: version control may turn them over."""
    return digest_of(text.replace("\r\n", "\n").encode())


def read_release(tree: Tree, origin: str, *, vendor_key: str = "") -> Release:
    """A release from its files: everything that can be checked of it by itself is.

    Raises KavenError `release_invalid`, `release_incomplete`, `release_hash_wrong`, `release_file_unlisted`,
    and as `check_signature` does where a `vendor_key` is pinned.
    """
    if MANIFEST not in tree:
        raise _fault("release_incomplete", f"{origin} has no {MANIFEST}: it is no release")
    if vendor_key:
        check_signature(tree[MANIFEST], tree.get(SIGNATURE), vendor_key, origin)
    manifest = read_manifest(tree[MANIFEST], f"{origin}/{MANIFEST}")
    _check_files(manifest, tree, origin)
    base = Source(f"{origin}/{BASE}", _text(tree, BASE, origin))
    migrations = tuple(_migration(name, tree, origin) for name in sorted(tree) if _is_script(name))
    for one in manifest.breaks:
        if one.migration not in {migration.name for migration in migrations}:
            message = f"{origin} names the data migration {one.migration}, which it does not hold"
            raise _fault("release_incomplete", message)
    return Release(manifest, base, migrations, origin)


def _check_files(manifest: Manifest, tree: Tree, origin: str) -> None:
    shipped = tree.keys() - {MANIFEST, SIGNATURE}
    for name in sorted(manifest.files.keys() | shipped):
        if name not in tree:
            raise _fault("release_incomplete", f"{origin} lacks {name}, which its {MANIFEST} lists")
        if name not in manifest.files:
            raise _fault(
                "release_file_unlisted", f"{origin} holds {name}, which its {MANIFEST} does not list"
            )
        if digest_of(tree[name]) != manifest.files[name]:
            message = f"{origin}/{name} is not what its {MANIFEST} says: the SHA-256 is another"
            raise _fault("release_hash_wrong", message)
    if BASE not in tree:
        raise _fault("release_incomplete", f"{origin} has no {BASE}")


def _is_script(name: str) -> bool:
    return name.startswith(_MIGRATIONS) and name.endswith(_SCRIPT) and name.count("/") == 2


def _migration(name: str, tree: Tree, origin: str) -> ReleaseMigration:
    folder = name.removeprefix(_MIGRATIONS).removesuffix(_SCRIPT)
    found = _MIGRATION_NAME.fullmatch(folder)
    if found is None:
        message = f"{origin}/{name}: a migration's folder is named like 20251218000000_kaven_add_2fa"
        raise _fault("release_invalid", message)
    sql = _text(tree, name, origin)
    if not sql.strip("\ufeff \t\r\n"):
        raise _fault("release_invalid", f"{origin}/{name} is empty")
    return ReleaseMigration(folder, found[1], sql)


def _text(tree: Tree, name: str, origin: str) -> str:
    try:
        return tree[name].decode("utf-8")
    except UnicodeDecodeError:
        raise _fault("release_invalid", f"{origin}/{name} is not UTF-8") from None


def _fault(rule: str, message: str) -> KavenError:
    return KavenError(
        rule,
        message,
        help="do not use it: get it again, or ask its vendor; `kaven release build` makes whole ones",
        exit_code=ExitCode.PROBLEMS,
    )
