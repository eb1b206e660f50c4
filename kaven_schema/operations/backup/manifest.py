"""What a backup says of itself; written last, so that what has none is no backup."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.operations.backup.documents import invalid
from kaven_schema.operations.backup.objects import ObjectFacts

MANIFEST, DUMP, GLOBALS = "manifest.json", "database.dump", "globals.sql"
_FORMAT = 1
_NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """What CREATE DATABASE needs to make its like; `grants` are (role, privilege, may grant), an empty role is all.

    `grants` is None where nothing was granted or revoked; `settings` are (role, name, value).
    """

    name: str
    owner: str
    encoding: str
    provider: str
    collate: str
    ctype: str
    locale: str
    grants: tuple[tuple[str, str, bool], ...] | None
    settings: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """All objects of one kind: how many, and a digest of their names."""

    count: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What was in the database, in the dump's own snapshot. `tables` holds rows by the table's SQL name.

    `roles` are those that the database needs; `migration` is the last one that was applied, or empty.
    """

    tables: Mapping[str, int]
    outlines: Mapping[str, Outline]
    extensions: Mapping[str, str]
    roles: tuple[str, ...]
    migration: str

    @property
    def rows(self) -> int:
        return sum(self.tables.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`release` is kaven.lock's, or empty; `notes` say what could not be had; versions are like 160014."""

    name: str
    started: datetime
    finished: datetime
    tool: str
    server_version: int
    dump_major: int
    database: DatabaseFacts
    contents: Contents
    release: str
    objects: Mapping[str, ObjectFacts]
    notes: tuple[str, ...] = field(default=())

    @property
    def server_major(self) -> int:
        return self.server_version // 10_000

    @property
    def stored_size(self) -> int:
        return sum(facts.stored_size for facts in self.objects.values())

    def object_name(self, short: str) -> str:
        return f"{self.name}/{short}"


def is_backup_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name))


def new_name(moment: datetime) -> str:
    import secrets

    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def as_json(manifest: Manifest) -> dict[str, Any]:
    content = asdict(manifest)
    for moment in ("started", "finished"):
        content[moment] = content[moment].isoformat(timespec="seconds")
    return {"kind": "backup", "format": _FORMAT} | content


def from_json(content: Mapping[str, Any], name: str) -> Manifest:
    """Raises KavenError `backup_document_invalid`."""
    shown = f"{name}/{MANIFEST}"
    if content.get("kind") != "backup":
        raise invalid(shown, "is no manifest of kaven's")
    check_format(content, _FORMAT, shown)
    manifest = reading(shown, lambda: _manifest(content))
    if manifest.name != name:
        raise invalid(shown, f"is the manifest of {manifest.name}")
    return manifest


def reading(shown: str, make: Callable[[], _Found]) -> _Found:
    """Raises KavenError `backup_document_invalid` for what `make` finds amiss."""
    try:
        return make()
    except KeyError as error:
        raise invalid(shown, f"has no `{error.args[0]}`") from None
    except (TypeError, ValueError, AttributeError):
        raise invalid(shown, "has entries of another kind than kaven writes") from None


def check_format(content: Mapping[str, Any], known: int, shown: str) -> None:
    """Raises KavenError `backup_document_invalid`, `backup_document_newer`."""
    found = content.get("format")
    if isinstance(found, int) and found > known:
        raise KavenError(
            "backup_document_newer",
            f"{shown} was written by a newer kaven: it has format {found}, this one knows {known}",
            help="update kaven: pip install -U kaven-schema",
            exit_code=ExitCode.PROBLEMS,
        )
    if found != known:
        raise invalid(shown, "has no format that kaven writes")


def _manifest(content: Mapping[str, Any]) -> Manifest:
    return Manifest(
        name=content["name"],
        started=moment_of(content["started"]),
        finished=moment_of(content["finished"]),
        tool=str(content["tool"]),
        server_version=int(content["server_version"]),
        dump_major=int(content["dump_major"]),
        database=_database(content["database"]),
        contents=_contents(content["contents"]),
        release=str(content["release"]),
        objects={str(name): ObjectFacts(**facts) for name, facts in content["objects"].items()},
        notes=tuple(map(str, content["notes"])),
    )


def moment_of(text: str) -> datetime:
    """Raises ValueError where it says no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return moment


def _database(facts: Mapping[str, Any]) -> DatabaseFacts:
    grants = facts["grants"]
    lists = {
        "grants": None
        if grants is None
        else tuple((str(who), str(what), bool(on)) for who, what, on in grants),
        "settings": tuple((str(role), str(name), str(value)) for role, name, value in facts["settings"]),
    }
    return DatabaseFacts(**{**facts, **lists})


def _contents(facts: Mapping[str, Any]) -> Contents:
    return Contents(
        tables={str(name): int(rows) for name, rows in facts["tables"].items()},
        outlines={str(kind): Outline(**outline) for kind, outline in facts["outlines"].items()},
        extensions={str(name): str(version) for name, version in facts["extensions"].items()},
        roles=tuple(map(str, facts["roles"])),
        migration=str(facts["migration"]),
    )
