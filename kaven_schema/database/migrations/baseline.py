"""Taking over a database that something else has filled."""

from __future__ import annotations

from dataclasses import dataclass

from kaven_schema.config import Settings
from kaven_schema.database.migrations.folder import Migration, read_folder, write_migration
from kaven_schema.database.migrations.resolve import record_all
from kaven_schema.database.migrations.states import comparing, schema_state
from kaven_schema.database.target import Target
from kaven_schema.diagnostics import Diagnostic, Severity
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.engines.schema_engine import Database, Empty, Migrations
from kaven_schema.files import read_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """How many migrations were recorded; none if `difference` stood in the way."""

    recorded: int
    written: Migration | None
    difference: str
    diagnostics: tuple[Diagnostic, ...] = ()


def record_baseline(
    settings: Settings, target: Target, *, force: bool, progress: Progress = silent
) -> Baseline:
    """Record every migration as applied if the database is what they give, or if forced.

    Raises KavenError `resolve_refused` where the database has a record already.
    """
    path = settings.output.parent / "migrations"
    folder, database = read_folder(path), Database(str(target.url))
    planned = Migrations(path) if folder.migrations else schema_state(read_source(settings.output))
    with comparing(settings, target, (planned,), progress=progress) as comparison:
        difference = comparison.difference(planned, database).summary
        sql = "" if folder.migrations else comparison.script(Empty(), planned)
    if difference and not force:
        return Baseline(recorded=0, written=None, difference=difference, diagnostics=(_differs(),))
    written = write_migration(folder, "kaven", "baseline", sql, root=settings.root) if sql else None
    folder = read_folder(path)
    record_all(target.url, folder)
    return Baseline(recorded=len(folder.migrations), written=written, difference="")


def _differs() -> Diagnostic:
    return Diagnostic(
        rule="database_as_migrated",
        severity=Severity.ERROR,
        message="the database is not what the migrations give; nothing was recorded",
        help="bring one to the other first; or record them all the same: kaven migrate baseline --force",
    )
