"""kaven backup restore, as a function: into a database beside, which then takes the place of the one in use."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect
from kaven_schema.database.migrations.failures import failures_told
from kaven_schema.database.programs import programs_for
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.keyring.ring import KeyRing
from kaven_schema.operations.backup.analyzing import analyze
from kaven_schema.operations.backup.catalogue import Backup
from kaven_schema.operations.backup.cluster import (
    Mark,
    State,
    beside_name,
    comment,
    create_database,
    databases,
    drop_database,
    maintenance,
    one_restore,
    sessions,
)
from kaven_schema.operations.backup.comparing import TableChange, differences, table_changes
from kaven_schema.operations.backup.contents import count_rows
from kaven_schema.operations.backup.documents import Trust, key_unknown
from kaven_schema.operations.backup.filling import default_jobs, fetched, fill, read_globals, told
from kaven_schema.operations.backup.manifest import Manifest
from kaven_schema.operations.backup.roles import make_roles, missing_roles
from kaven_schema.operations.backup.storage import Store
from kaven_schema.operations.backup.swapping import in_use, refused, swap

if TYPE_CHECKING:
    from psycopg import Connection


_PATIENCE = "60s"  # for counting one table, before anybody was asked


@dataclass(frozen=True, slots=True)
class Losses:
    """What a restore would undo. `changes` are the tables whose rows differ; None where they cannot be counted.

    `is_empty` says that there is no such database, or nothing in it.
    """

    database: str
    backup: Manifest
    changes: tuple[TableChange, ...] | None
    is_empty: bool = False


def _agree(_losses: Losses) -> None:
    pass


def _tell_nobody(_line: str) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreOptions:
    """`root` is where the dump is kept meanwhile; `ask` is told what would be lost, and raises to stop.

    `beside` wants a database that there is not yet, so that nothing is put aside.
    """

    root: Path
    jobs: int = field(default_factory=default_jobs)
    end_sessions: bool = False
    unprotected: bool = False
    beside: bool = False
    ask: Callable[[Losses], None] = _agree
    notify: Callable[[str], None] = _tell_nobody
    progress: Progress = silent


@dataclass(frozen=True, slots=True)
class Restored:
    """`before` is the name of the database that was in use, or empty where there was none."""

    database: str
    before: str
    manifest: Manifest


def check_trust(backup: Backup, keys: KeyRing | None, *, unprotected: bool) -> None:
    """Raises KavenError `backup_unprotected`, `backup_key_unknown`, `backup_keys_missing`."""
    if backup.trust is Trust.UNPROTECTED and not unprotected:
        raise KavenError(
            "backup_unprotected",
            f"{backup.name} was made without a key: whoever can write to the store can have made it",
            help="if you know that it is yours: --unprotected",
            exit_code=ExitCode.PROBLEMS,
        )
    if backup.trust is Trust.UNCHECKED:
        raise key_unknown(backup.name, keys)


def restore_backup(
    url: DatabaseUrl, store: Store, keys: KeyRing | None, backup: Backup, options: RestoreOptions
) -> Restored:
    """Restore, compare with the manifest, swap in by rename. The database that was in use stays beside.

    Killed at any point, either the old or the new one has the name. Raises KavenError `backup_unprotected`,
    `backup_key_unknown`, `backup_newer_than_server`, `backup_restore_failed`, `backup_restore_differs`,
    `backup_restore_running`, `backup_restore_refused`, `backup_roles_missing`, `database_in_use`,
    `backup_database_exists`, `backup_sessions_not_ended`, `disk_full`, and as `connect` and the store do.
    """
    check_trust(backup, keys, unprotected=options.unprotected)
    with failures_told(url), maintenance(url) as connection, one_restore(connection, url.database):
        check_version(connection, backup.manifest)
        exists = url.database in databases(connection)
        if exists and options.beside:
            raise _taken(url.database)
        _check_unused(connection, url.database, options)
        options.ask(_losses(url, backup.manifest, exists=exists))
        new = _leftover(connection, url, backup, options)
        if not new:
            new = _restore_beside(connection, url, store, keys, backup.manifest, options)
        before = beside_name(url.database, "before", datetime.now(UTC)) if exists else ""
        swap(connection, url, new, before, backup.name, end_sessions=options.end_sessions)
        return Restored(url.database, before, backup.manifest)


def _taken(database: str) -> KavenError:
    return KavenError(
        "backup_database_exists",
        f"there is a database {database} already, and --as is for a new one",
        help="name another one; or name that database in DATABASE_URL, and leave --as out, to put it aside",
        exit_code=ExitCode.WRONG_USE,
    )


def check_version(connection: Connection, manifest: Manifest) -> None:
    """Raises KavenError `backup_newer_than_server`."""
    server = connection.info.server_version // 10_000
    if manifest.server_major > server:
        raise KavenError(
            "backup_newer_than_server",
            f"{manifest.name} is of PostgreSQL {manifest.server_major}, this server is {server}",
            help=f"restore it on PostgreSQL {manifest.server_major} or newer: name such a server in DATABASE_URL",
        )


def _check_unused(connection: Connection, database: str, options: RestoreOptions) -> None:
    """Early: a restore takes long, and would stop at its end."""
    who = sessions(connection, database)
    if who and not options.end_sessions:
        raise in_use(database, who)


def _losses(url: DatabaseUrl, manifest: Manifest, *, exists: bool) -> Losses:
    """Counting may be refused, and the database may be damaged, which is why somebody restores."""
    from psycopg import Error

    if not exists:
        return Losses(url.database, manifest, (), is_empty=True)
    try:
        with connect(url) as inside:
            inside.execute(f"SET row_security = off; SET statement_timeout = '{_PATIENCE}'".encode())
            now = count_rows(inside)
    except (Error, KavenError):
        return Losses(url.database, manifest, None)
    return Losses(url.database, manifest, table_changes(now, manifest.contents.tables), is_empty=not now)


def _leftover(connection: Connection, url: DatabaseUrl, backup: Backup, options: RestoreOptions) -> str:
    """A database that a killed or refused run has restored whole; what is not whole is dropped."""
    found = ""
    for name, mark in databases(connection).items():
        if mark is None and name.startswith(f"{url.database}_restore_"):
            options.notify(f"{name} bears no mark of ours: if a restore was killed, drop it yourself")
        if (
            mark is None
            or mark.database != url.database
            or mark.state is State.BEFORE
            or name == url.database
        ):
            continue
        usable = mark.state is State.WHOLE and mark.backup == backup.name and not found
        if usable and not _differences(url.with_database(name), backup.manifest):
            options.notify(f"{name} was restored by an earlier run, whole: it is taken")
            found = name
        else:
            drop_database(connection, name, force=True)
            options.notify(f"{name}, which an earlier run left unfinished, is dropped")
    return found


def _restore_beside(
    connection: Connection,
    url: DatabaseUrl,
    store: Store,
    keys: KeyRing | None,
    manifest: Manifest,
    options: RestoreOptions,
) -> str:
    from psycopg import Error

    new = beside_name(url.database, "restore", datetime.now(UTC))
    programs = programs_for(max(manifest.dump_major, manifest.server_major))
    missing = missing_roles(connection, manifest.contents.roles)
    script = read_globals(store, manifest, keys) if missing else ""
    for member in make_roles(connection, script, missing):
        options.notify(f"the role {member}, a member of what was made, could not be made")
    with fetched(store, manifest, keys, options.root, options.progress) as dump:
        try:
            _create(connection, url, new, manifest)
            with told(manifest), options.progress(f"Restoring into {new}", 1) as advance:
                fill(programs, url.with_database(new), dump, options.jobs)
                advance(1)
            _check(url.with_database(new), manifest)
            analyze(url.with_database(new), options.jobs)
            connection.execute(comment(new, Mark(url.database, manifest.name, State.WHOLE)))
        except BaseException:
            with suppress(Error):  # what went wrong is what is told; the next run drops it
                drop_database(connection, new, force=True)
            raise
    return new


def _create(connection: Connection, url: DatabaseUrl, new: str, manifest: Manifest) -> None:
    from psycopg.errors import InsufficientPrivilege, InvalidParameterValue, WrongObjectType

    try:
        create_database(connection, new, manifest.database, Mark(url.database, manifest.name, State.FILLING))
    except (InsufficientPrivilege, InvalidParameterValue, WrongObjectType) as error:
        raise refused(url, error) from None


def _check(url: DatabaseUrl, manifest: Manifest) -> None:
    """Raises KavenError `backup_restore_differs`."""
    if lines := _differences(url, manifest):
        raise restore_differs(manifest, lines)


def _differences(url: DatabaseUrl, manifest: Manifest) -> tuple[str, ...]:
    with connect(url) as inside:
        inside.execute("SET row_security = off")
        return differences(inside, manifest.contents)


def restore_differs(manifest: Manifest, lines: tuple[str, ...]) -> KavenError:
    return KavenError(
        "backup_restore_differs",
        f"{manifest.name} was restored, and is not what was backed up: {'; '.join(lines[:5])}",
        help="restore another backup by its name; see: kaven backup list; the database in use was not touched",
        exit_code=ExitCode.PROBLEMS,
    )


def drop_old(url: DatabaseUrl, name: str) -> None:
    """Drop a database that a restore has put aside. Raises KavenError `backup_not_put_aside`, `database_in_use`."""
    from psycopg.errors import ObjectInUse

    with failures_told(url), maintenance(url) as connection:
        mark = databases(connection).get(name)
        if mark is None or mark.state is not State.BEFORE:
            known = [
                other for other, mark in databases(connection).items() if mark and mark.state is State.BEFORE
            ]
            raise KavenError(
                "backup_not_put_aside",
                f"{name} is no database that a restore has put aside",
                help=f"name one of {', '.join(known)}" if known else "there is none",
                exit_code=ExitCode.WRONG_USE,
            )
        try:
            drop_database(connection, name, force=False)
        except ObjectInUse:
            raise in_use(name, sessions(connection, name)) from None
