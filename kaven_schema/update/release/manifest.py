"""release.toml: what a release says of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from kaven_schema.update.release.version import Version
from kaven_schema.update.toml import Reader, parse_toml, toml_string, toml_table, toml_tables

MANIFEST = "release.toml"
SIGNATURE = "release.toml.sig"
_RULE = "release_invalid"
_HELP = "this is a fault of the release: ask its vendor for one that `kaven release build` has made"
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DataMigration:
    """A breaking change that the release carries a migration of the data for, by the rule and path it breaks."""

    rule: str
    path: str
    migration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`previous` is the version that it follows; None for the first one. `files` are SHA-256 in hex, by path."""

    name: str
    version: Version
    date: date
    notes: str = ""
    previous: Version | None = None
    breaks: tuple[DataMigration, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_major(self) -> bool:
        return self.previous is None or self.version.major > self.previous.major


def read_manifest(content: bytes, shown: str) -> Manifest:
    """Raises KavenError `release_invalid`, `version_invalid`."""
    reader = Reader(parse_toml(content, shown, _RULE, _HELP), shown, _RULE, _HELP)
    files = reader.texts("files")
    if wrong := [name for name, digest in files.items() if not _HASH.fullmatch(digest)]:
        raise reader.error(f"gives no SHA-256 for {wrong[0]}")
    previous = reader.text("previous", "")
    found = Manifest(
        name=reader.text("name"),
        version=Version.parse(reader.text("version")),
        date=reader.day("date"),
        notes=reader.text("notes", ""),
        previous=Version.parse(previous) if previous else None,
        breaks=tuple(
            DataMigration(one.text("rule"), one.text("path"), one.text("migration"))
            for one in reader.tables("breaks")
        ),
        files=files,
    )
    if not found.name or "\n" in found.name:
        raise reader.error("has an empty name")
    if found.previous and not found.previous < found.version:
        raise reader.error(f"is {found.version}, and says that it follows {found.previous}")
    return found


def manifest_text(manifest: Manifest) -> str:
    head = {
        "name": manifest.name,
        "version": str(manifest.version),
        "date": manifest.date,
        "previous": str(manifest.previous) if manifest.previous else "",
        "notes": manifest.notes,
    }
    breaks = [{"rule": one.rule, "path": one.path, "migration": one.migration} for one in manifest.breaks]
    files = "".join(
        f"{toml_string(name)} = {toml_string(digest)}\n" for name, digest in sorted(manifest.files.items())
    )
    return f"{toml_table(head)}{toml_tables('breaks', breaks)}\n[files]\n{files}"
