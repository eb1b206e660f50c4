"""kaven.lock: which release is installed, what came with it, and which breaks the developer has accepted.

It is committed. People write its [[accepted]] entries, `kaven update` the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import shown_path
from kaven_schema.update.plan import Acceptance
from kaven_schema.update.release import Version
from kaven_schema.update.toml import Reader, parse_toml, toml_table, toml_tables

NAME = "kaven.lock"
_RULE = "lock_invalid"
_SHAPE = 1
_KEYS = {"version", "vendor", "release", "previous", "base", "migration", "accepted"}
_HEAD = """\
# Which release of base is installed. `kaven update` writes it, commit it.
# A break that you accept is yours to add, with the reason:
#   [[accepted]]
#   release = "3.0.0"
#   rule = "vendor_field_kept"
#   path = "User.legacy"
#   reason = "nothing of ours reads it"
"""


@dataclass(frozen=True, slots=True)
class LockedMigration:
    """`name` is the folder in the project, `shipped` the one in the release; `sha256` is of the project's script."""

    name: str
    shipped: str
    release: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """`vendor` and `release` name what is installed; `previous` is empty where there is nothing to go back to."""

    vendor: str
    release: Version
    base: str
    previous: Version | None = None
    migrations: tuple[LockedMigration, ...] = ()
    accepted: tuple[Acceptance, ...] = ()

    def moved_to(self, release: Version, base: str, brought: Iterable[LockedMigration]) -> Lock:
        return replace(
            self,
            release=release,
            base=base,
            previous=self.release,
            migrations=(*self.migrations, *brought),
        )


def lock_path(root: Path) -> Path:
    return root / NAME


def read_lock(root: Path) -> Lock | None:
    """None where there is none. Raises KavenError `lock_invalid` (exit 1), `file_unreadable`."""
    path = lock_path(root)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KavenError(
            "file_unreadable",
            f"cannot read {shown_path(path)}: {error.strerror or error}",
            help=f"see who may read it: ls -l {shown_path(path)}",
        ) from None
    return parse_lock(content, shown_path(path))


def parse_lock(content: bytes, shown: str) -> Lock:
    """Raises KavenError `lock_invalid` (exit 1)."""
    help_line = f"restore it from version control: git checkout -- {shown}"
    if b"<<<<<<<" in content:
        help_line = "it holds a merge conflict: keep the side whose release your base is, then run it again"
    reader = Reader(parse_toml(content, shown, _RULE, help_line), shown, _RULE, help_line)
    if reader.table.get("version") != _SHAPE:
        raise KavenError(
            _RULE,
            f"{shown} has version {reader.table.get('version')!r}, this kaven knows {_SHAPE}",
            help="use the version of kaven-schema that wrote it, or a newer one",
            exit_code=ExitCode.PROBLEMS,
        )
    if unknown := reader.table.keys() - _KEYS:
        raise reader.error(f"has an entry `{min(unknown)}`, which means nothing")
    previous = reader.text("previous", "")
    return Lock(
        vendor=reader.text("vendor"),
        release=Version.parse(reader.text("release")),
        base=reader.text("base"),
        previous=Version.parse(previous) if previous else None,
        migrations=tuple(
            LockedMigration(one.text("name"), one.text("shipped"), one.text("release"), one.text("sha256"))
            for one in reader.tables("migration")
        ),
        accepted=tuple(
            Acceptance(one.text("release"), one.text("rule"), one.text("path"), _reason(one))
            for one in reader.tables("accepted")
        ),
    )


def _reason(reader: Reader) -> str:
    reason = reader.text("reason")
    if not reason.strip(" .…"):
        raise reader.error("accepts a break without a reason")
    return reason


def lock_text(lock: Lock) -> str:
    head = {
        "version": _SHAPE,
        "vendor": lock.vendor,
        "release": str(lock.release),
        "previous": str(lock.previous) if lock.previous else "",
        "base": lock.base,
    }
    migrations = [
        {"name": one.name, "shipped": one.shipped, "release": one.release, "sha256": one.sha256}
        for one in lock.migrations
    ]
    accepted = [
        {"release": one.release, "rule": one.rule, "path": one.path, "reason": one.reason}
        for one in lock.accepted
    ]
    return (
        _HEAD
        + "\n"
        + toml_table(head)
        + toml_tables("migration", migrations)
        + toml_tables("accepted", accepted)
    )
