"""Applying what is pending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect
from kaven_schema.database.migrations.catalog import catalog_diff, keep_catalog, kept_catalog, read_catalog
from kaven_schema.database.migrations.failures import failures_told
from kaven_schema.database.migrations.folder import Migration, MigrationsFolder
from kaven_schema.database.migrations.history import OUT_OF_ORDER, History
from kaven_schema.database.migrations.lock import lock_holder, migration_lock
from kaven_schema.database.migrations.table import create_table, read_rows, table_exists
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import Diagnostic, Severity
from kaven_schema.engines.progress import Progress, silent

if TYPE_CHECKING:
    from psycopg import Connection

    from kaven_schema.database.partial_indexes.adopting import MetIndex

Judge = Callable[[History], tuple[Diagnostic, ...]]
"""What speaks against the scripts that are pending, such as `database.lint.judge_pending`; an error stops all."""

Secure = Callable[[Migration], object]
"""Called before the first migration, with it, such as to make a safety copy; what it raises stops all."""

DRIFTED = "database_as_migrated"
PATIENCE_SECONDS = 600.0


def unjudged(_history: History) -> tuple[Diagnostic, ...]:
    """A Judge that lets everything pass."""
    return ()


def _unsecured(_first: Migration) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployOptions:
    """What deploy lets pass, and how long it waits for another one."""

    allow_out_of_order: bool = False
    allow_drift: bool = False
    patience: float = PATIENCE_SECONDS


@dataclass(frozen=True, slots=True)
class Deployment:
    """What was applied, and why the rest was not."""

    applied: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    drift: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MigrationState:
    """A database's migrations at one moment. `running` names a deploy that is under way.

    `refusals` are of indexes made by hand that are in the way of what is pending; one that is the same is no drift.
    """

    history: History
    running: str
    drift: tuple[str, ...]
    refusals: tuple[Diagnostic, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to do and nothing to mend."""
        return not (self.history.pending or self.history.problems() or self.drift)


def look(url: DatabaseUrl, folder: MigrationsFolder) -> MigrationState:
    """Compare folder and database; changes nothing. Raises KavenError as `connect`, and `database_refused`."""
    with failures_told(url), connect(url) as connection:
        return _look(connection, folder)


def _look(connection: Connection, folder: MigrationsFolder) -> MigrationState:
    history = History.of(folder, read_rows(connection))
    newest = max(history.applied, key=lambda row: (row.finished_at, row.name), default=None)
    # What a half-done migration changed is no news.
    kept = kept_catalog(newest.logs) if newest and not history.failed else None
    drift = catalog_diff(kept, read_catalog(connection)) if kept is not None else ()
    met = _met(connection, history)
    adopted = {one.drift for one in met if one.is_same}
    return MigrationState(
        history,
        lock_holder(connection),
        tuple(line for line in drift if line not in adopted),
        tuple(one.refusal() for one in met if not one.is_same),
    )


def _met(connection: Connection, history: History) -> tuple[MetIndex, ...]:
    if not history.pending:
        return ()
    from kaven_schema.database.partial_indexes.adopting import met_indexes

    return met_indexes(connection, history.pending)


def deploy(
    url: DatabaseUrl,
    folder: MigrationsFolder,
    options: DeployOptions,
    *,
    judge: Judge = unjudged,
    secure: Secure = _unsecured,
    progress: Progress = silent,
    notify: Callable[[str], None] = lambda _: None,
) -> Deployment:
    """Apply every pending migration, in order, after everything was found to fit.

    Raises KavenError as `connect`, `judge` and `secure` do, and `migrations_locked`, `database_lost`, `disk_full`,
    `database_refused`.
    """
    with failures_told(url), connect(url) as connection:
        _notice_a_killed_client(connection)
        with migration_lock(connection, patience=options.patience, notify=notify):
            state = _look(connection, folder)
            problems = _problems(state, options)
            if state.history.pending:
                problems += judge(state.history) + _not_empty(connection, state.history)
                if not _has_errors(problems):
                    secure(state.history.pending[0])
                    return _apply_all(connection, state, problems, progress)
            return Deployment((), problems, state.drift)


def _notice_a_killed_client(connection: Connection) -> None:
    """So that the lock of a deploy that was killed is free soon, not after its last statement."""
    if connection.info.server_version >= 140000:
        connection.execute("SET client_connection_check_interval = '1s'")


def _apply_all(
    connection: Connection, state: MigrationState, warnings: tuple[Diagnostic, ...], progress: Progress
) -> Deployment:
    from kaven_schema.database.migrations.apply import MigrationError, apply_migration
    from kaven_schema.database.migrations.statements import split_statements

    if not table_exists(connection):
        create_table(connection)
    applied: list[str] = []
    for migration in state.history.pending:
        try:
            with progress(f"Applying {migration.name}", len(split_statements(migration.sql))) as advance:
                apply_migration(connection, migration, advance)
        except MigrationError as failed:
            return Deployment(tuple(applied), (*warnings, failed.diagnostic))
        keep_catalog(connection)
        applied.append(migration.name)
    return Deployment(tuple(applied), warnings, state.drift)


def _problems(state: MigrationState, options: DeployOptions) -> tuple[Diagnostic, ...]:
    found = [
        problem
        for problem in state.history.problems()
        if not (problem.rule == OUT_OF_ORDER and options.allow_out_of_order)
    ]
    found += state.refusals
    if state.drift:
        harmless = options.allow_drift or not state.history.pending
        found.append(_drifted(state.drift, Severity.WARNING if harmless else Severity.ERROR))
    return tuple(found)


def _has_errors(found: tuple[Diagnostic, ...]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in found)


def _drifted(drift: tuple[str, ...], severity: Severity) -> Diagnostic:
    return Diagnostic(
        rule=DRIFTED,
        severity=severity,
        message=f"the database was changed since its last migration, in {len(drift)}"
        f" line{'s' * (len(drift) != 1)}",
        help=f"undo it; {_declaring(drift)}or let it pass: --allow-drift; its SQL: kaven migrate diff --to database"
        " --script",
    )


def _declaring(drift: tuple[str, ...]) -> str:
    """Of a partial index the engine's difference knows nothing."""
    has_partial = any(line.startswith("+ index ") and " WHERE " in line for line in drift)
    return "declare the partial index: kaven db indexes tells how; " if has_partial else ""


def _not_empty(connection: Connection, history: History) -> tuple[Diagnostic, ...]:
    """A database that something else has filled: its tables would be in the way."""
    lines = [] if history.rows else [line for line in read_catalog(connection) if line.startswith("table ")]
    if not lines:
        return ()
    names = ", ".join(line.removeprefix("table ") for line in lines[:5])
    refusal = Diagnostic(
        rule="database_is_managed",
        severity=Severity.ERROR,
        message=f"the database has {len(lines)} tables ({names} …) and no record of migrations",
        help="if the migrations would make the same: kaven migrate baseline; to start anew: kaven db reset",
    )
    return (refusal,)
