"""A vendor: releases as folders, as archives and in memory."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from kaven_schema.update.release import DataMigration, Manifest, ReleaseMigration, Version
from kaven_schema.update.release.packing import pack, write_tree

CONFIG = """\
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

"""


def release(
    version: str,
    base: str,
    *,
    after: str = "",
    sql: Mapping[str, str] | None = None,
    breaks: Iterable[tuple[str, str, str]] = (),
    name: str = "acme",
) -> dict[str, bytes]:
    """The files of one; `sql` are scripts by the names of their folders, `breaks` rules, paths and scripts."""
    manifest = Manifest(
        name=name,
        version=Version.parse(version),
        date=date(2026, 1, 2),
        notes=f"what {version} brings",
        previous=Version.parse(after) if after else None,
        breaks=tuple(DataMigration(*one) for one in breaks),
    )
    migrations = [ReleaseMigration(folder, folder[21:], text) for folder, text in (sql or {}).items()]
    return pack(manifest, CONFIG + base, migrations)


def shelf(folder: Path, releases: Iterable[dict[str, bytes]]) -> Path:
    """A folder with a folder for each release."""
    for number, tree in enumerate(releases):
        write_tree(tree, folder / f"release-{number}")
    return folder


def tar_of(tree: Mapping[str, bytes], path: Path, *extra: tarfile.TarInfo, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as packed:  # type: ignore[call-overload]
        for name, content in tree.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
        for member in extra:
            packed.addfile(member)
    return path


def zip_of(tree: Mapping[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in tree.items():
            packed.writestr(name, content)
    return path
