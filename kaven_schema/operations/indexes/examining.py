"""The whole examination: read, judge, and say what mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kaven_schema.catalog.catalog import Catalog
from kaven_schema.database.connection import connect, lost
from kaven_schema.database.migrations.folder import MigrationsFolder
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError, Severity
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.operations.indexes.ages import made_by
from kaven_schema.operations.indexes.bloat import BloatReport, read_bloat
from kaven_schema.operations.indexes.declarations import Declarations
from kaven_schema.operations.indexes.findings import Finding, find
from kaven_schema.operations.indexes.judging import Judgement, Kind, Trouble, judge
from kaven_schema.operations.indexes.live import LiveDatabase, LiveIndex
from kaven_schema.operations.indexes.reading import read_database
from kaven_schema.operations.indexes.sizes import counted, shown_size

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From when on something is worth a finding: days of counting, and of bloat bytes and a part of the whole."""

    days: float = 30.0
    bloat_bytes: int = 10 * MEGABYTE
    bloat_part: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found. `unjudged` was never used, in too short a time; `unmeasured` has no statistics for its bloat."""

    database: LiveDatabase
    findings: tuple[Finding, ...]
    unjudged: tuple[LiveIndex, ...]
    unmeasured: tuple[LiveIndex, ...]
    limits: Limits

    def has_problems(self, *, strict: bool) -> bool:
        """Errors always; with `strict` also warnings that are the developer's to mend."""
        return any(one.severity is Severity.ERROR or (strict and one.is_mendable) for one in self.findings)

    def headline(self) -> str:
        database = self.database
        size = sum(index.size for index in database.indexes)
        counting = database.counting
        sizes = (
            f"{counted(database.tables, 'table')} of {shown_size(database.table_bytes)},"
            f" {counted(len(database.indexes), 'index', 'indexes')} of {shown_size(size)}"
        )
        return f"{sizes}; uses counted for {_days(counting.days)}, since {counting.since:%Y-%m-%d %H:%M}"

    def notes(self) -> Iterator[str]:
        """What people should know before they act on the findings."""
        counting = self.database.counting
        if self.unjudged and not counting.is_standby:
            names = ", ".join(index.name for index in self.unjudged[:5])
            more = f" and {len(self.unjudged) - 5} more" if len(self.unjudged) > 5 else ""
            yield (
                f"not yet used: {names}{more}; too young to judge before {self.limits.days:g} days of counting"
                " (--min-days), or empty"
            )
        if counting.is_standby:
            yield "this is a standby, and counts its own queries only: no index is called unused here"
        elif counting.standbys:
            number = counting.standbys
            who = "a standby counts for itself" if number == 1 else f"{number} standbys count for themselves"
            yield f"{who}: see there, too, before you drop an index"
        if not counting.was_reset:
            yield "nobody has reset the counts, so they are taken to begin with the server's last start"
        if self.unmeasured:
            yield (
                f"no statistics for the bloat of {counted(len(self.unmeasured), 'index', 'indexes')}: run ANALYZE,"
                " as a role that may read their tables"
            )

    def additions(self) -> dict[str, tuple[str, ...]]:
        """The lines to write, by model."""
        found: dict[str, tuple[str, ...]] = {}
        for finding in self.findings:
            if finding.wanted:
                name = finding.wanted.entry.name
                found[name] = (*found.get(name, ()), finding.wanted.line)
        return {name: tuple(dict.fromkeys(lines)) for name, lines in found.items()}

    def as_json(self) -> dict[str, Any]:
        counting = self.database.counting
        return {
            "counting": {
                "since": counting.since.isoformat(),
                "days": round(counting.days, 3),
                "was_reset": counting.was_reset,
                "is_standby": counting.is_standby,
                "standbys": counting.standbys,
            },
            "findings": [finding.as_json() for finding in self.findings],
            "too_young": [index.name for index in self.unjudged],
            "unmeasured": [index.name for index in self.unmeasured],
            "indexes": [_index_json(index) for index in self.database.indexes],
        }


def examine(
    url: DatabaseUrl,
    catalog: Catalog | None,
    limits: Limits,
    *,
    extended: str,
    migrations: MigrationsFolder | None = None,
    progress: Progress = silent,
) -> Examination:
    """Look, in a transaction that cannot write.

    `catalog` is the merged schema, `extended` the developer's file; `migrations` tell how old an index is.
    Raises KavenError `indexes_unreadable`, `database_lost`, and as `connect` does.
    """
    import psycopg

    schemas = (
        sorted({entry.facts.schema for entry in catalog.entries if entry.facts.schema}) if catalog else []
    )
    try:
        with connect(url) as connection:
            connection.read_only = True
            connection.autocommit = False
            database = read_database(connection, schemas)
            made = made_by(connection, migrations, database.schema) if migrations else {}
            large = [index for index in database.indexes if index.size >= limits.bloat_bytes]
            bloat = read_bloat(connection, large, progress=progress)
    except psycopg.OperationalError as error:
        raise lost(url, error) from None
    except psycopg.Error as error:
        raise KavenError(
            "indexes_unreadable",
            f"{url.shown()}: {error.diag.message_primary or error}",
            help="let this role read the catalog: pg_monitor is enough",
        ) from None
    declarations = Declarations(catalog, database) if catalog else None
    ranks = declarations.ranks() if declarations else {}
    judged = judge(database, min_days=limits.days, ranks=ranks, made=made)
    troubles = [*judged.troubles, *_bloated(database, bloat, judged, limits)]
    troubles += _undeclared(database, declarations, {one.index for one in troubles})
    return Examination(
        database=database,
        findings=tuple(find(trouble, declarations, extended) for trouble in troubles),
        unjudged=judged.unjudged,
        unmeasured=bloat.unknown,
        limits=limits,
    )


def _bloated(
    database: LiveDatabase, bloat: BloatReport, judged: Judgement, limits: Limits
) -> Iterator[Trouble]:
    """Not those that are to go anyway."""
    gone = {trouble.index for trouble in judged.troubles}
    for index in sorted(database.indexes, key=lambda index: -index.size):
        found = bloat.found.get(index.oid)
        if found and index not in gone and found.waste >= limits.bloat_part * index.size:
            yield Trouble(kind=Kind.BLOATED, index=index, waste=found.waste, is_measured=found.is_measured)


def _undeclared(
    database: LiveDatabase, declarations: Declarations | None, told: set[LiveIndex | None]
) -> Iterator[Trouble]:
    for index in database.indexes:
        if declarations and index.predicate and index not in told and declarations.of(index) is None:
            yield Trouble(kind=Kind.UNDECLARED, index=index)


def _index_json(index: LiveIndex) -> dict[str, Any]:
    return {
        "schema": index.schema,
        "table": index.table,
        "name": index.name,
        "bytes": index.size,
        "scans": index.scans,
        "last_scan": index.last_scan or None,
        "unique": index.is_unique,
        "valid": index.is_valid,
        "definition": index.definition,
    }


def _days(days: float) -> str:
    if days >= 2:
        return f"{days:.0f} days"
    return f"{days * 24:.0f} hours" if days * 24 >= 2 else counted(round(days * 1440), "minute")
