"""Setting the record right, after somebody has set the database right."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect
from kaven_schema.database.migrations.catalog import keep_catalog
from kaven_schema.database.migrations.deploy import PATIENCE_SECONDS
from kaven_schema.database.migrations.failures import failures_told
from kaven_schema.database.migrations.folder import Migration, MigrationsFolder
from kaven_schema.database.migrations.history import History
from kaven_schema.database.migrations.lock import migration_lock
from kaven_schema.database.migrations.table import (
    create_table,
    read_rows,
    record_applied,
    set_checksum,
    table_exists,
    undo_rows,
)
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError

if TYPE_CHECKING:
    from psycopg import Connection

_Work = Callable[["Connection", History], None]


def mark_applied(url: DatabaseUrl, folder: MigrationsFolder, name: str) -> None:
    """Somebody did by hand what the migration would have done. Raises KavenError `resolve_refused`."""
    migration = _in_folder(folder, name)

    def work(connection: Connection, history: History) -> None:
        if name in history.rows and history.rows[name].is_applied:
            raise _refused(f"{name} is recorded as applied already", "see: kaven migrate status")
        undo_rows(connection, name)
        record_applied(connection, migration)

    _locked(url, folder, work)


def mark_rolled_back(url: DatabaseUrl, folder: MigrationsFolder, name: str) -> None:
    """Somebody undid what a migration had done before it failed. Raises KavenError `resolve_refused`."""

    def work(connection: Connection, history: History) -> None:
        if name not in {row.name for row in history.failed}:
            raise _refused(f"{name} is not recorded as failed", "see: kaven migrate status")
        undo_rows(connection, name)

    _locked(url, folder, work)


def accept_edited(url: DatabaseUrl, folder: MigrationsFolder, name: str) -> None:
    """The script as it is now counts as what was applied. Raises KavenError `resolve_refused`."""
    migration = _in_folder(folder, name)

    def work(connection: Connection, history: History) -> None:
        row = history.rows.get(name)
        if row is None or not row.is_applied:
            raise _refused(f"{name} is not recorded as applied", "see: kaven migrate status")
        set_checksum(connection, row, migration)

    _locked(url, folder, work)


def record_all(url: DatabaseUrl, folder: MigrationsFolder) -> None:
    """Every migration counts as applied: the database was filled otherwise. Raises KavenError."""

    def work(connection: Connection, history: History) -> None:
        if history.rows:
            raise _refused("the database has a record of migrations already", "see: kaven migrate status")
        for migration in folder.migrations:
            record_applied(connection, migration)
        keep_catalog(connection)

    _locked(url, folder, work)


def _locked(url: DatabaseUrl, folder: MigrationsFolder, work: _Work) -> None:
    with (
        failures_told(url),
        connect(url) as connection,
        migration_lock(connection, patience=PATIENCE_SECONDS, notify=lambda _: None),
        connection.transaction(),
    ):
        if not table_exists(connection):
            create_table(connection)
        work(connection, History.of(folder, read_rows(connection)))


def _in_folder(folder: MigrationsFolder, name: str) -> Migration:
    found = folder.find(name)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(name, [migration.name for migration in folder.migrations], n=1)
        raise _refused(
            f"there is no migration {name}",
            f"did you mean {near[0]}?" if near else "see: kaven migrate status",
            ExitCode.WRONG_USE,
        )
    return found


def _refused(message: str, help: str, exit_code: ExitCode = ExitCode.PROBLEMS) -> KavenError:
    return KavenError("resolve_refused", message, help=help, exit_code=exit_code)
