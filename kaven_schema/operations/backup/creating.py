"""kaven backup create, as a function."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kaven_schema import __version__
from kaven_schema.database.migrations.failures import failures_told
from kaven_schema.database.programs import Programs
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.keyring.ring import Key, KeyRing
from kaven_schema.operations.backup.catalogue import newest_if_sealed
from kaven_schema.operations.backup.contents import read_contents, read_database
from kaven_schema.operations.backup.documents import to_bytes
from kaven_schema.operations.backup.dumping import dump_database, dump_globals
from kaven_schema.operations.backup.manifest import (
    DUMP,
    GLOBALS,
    MANIFEST,
    Contents,
    DatabaseFacts,
    Manifest,
    as_json,
    new_name,
)
from kaven_schema.operations.backup.objects import ObjectFacts, writing
from kaven_schema.operations.backup.preflight import check_direct, check_not_empty, check_ready
from kaven_schema.operations.backup.processes import ProgramFailedError
from kaven_schema.operations.backup.snapshot import one_at_a_time, snapshot
from kaven_schema.operations.backup.storage import Store
from kaven_schema.operations.backup.sweeping import sweep

if TYPE_CHECKING:
    from threading import Event

    from psycopg import Connection

# Rows compress to about this share; only the bar on the screen depends on it.
_COMPRESSED = 4
# By the catalogue's own figures: pg_table_size waits for whoever has locked the table.
_SIZE = "SELECT coalesce(sum(relpages), 0)::bigint * 8192 FROM pg_class WHERE relkind IN ('r', 't') AND oid >= 16384"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Where a backup goes, and what is written into it beside the database's own.

    `may_be_empty` takes a database without a table, which is as a rule not the one that was meant; `may_be_plain`
    goes without keys also where the store's newest backup was made with one.
    """

    store: Store
    keys: KeyRing | None
    release: str = ""
    may_be_empty: bool = False
    may_be_plain: bool = False

    @property
    def key(self) -> Key | None:
        return self.keys.current if self.keys else None


@dataclass(slots=True)
class _Draft:
    """A backup that is being made."""

    name: str
    started: datetime
    objects: dict[str, ObjectFacts] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def create_backup(url: DatabaseUrl, purpose: Purpose, *, progress: Progress = silent) -> Manifest:
    """Dump the whole database into the store. Its manifest comes last: without one it is no backup.

    Raises KavenError `backup_failed`, `backup_program_missing`, `backup_rows_hidden`, `backup_read_refused`,
    `backup_through_pooler`, `backup_running`, `backup_empty`, `backup_keys_missing`, and as `connect` and the store do.
    """
    check_direct(url)
    if not (purpose.keys or purpose.may_be_plain):
        _check_plain(purpose.store)
    sweep(purpose.store)
    started = datetime.now(UTC)
    draft = _Draft(new_name(started), started)
    with failures_told(url), one_at_a_time(url) as connection:
        programs = check_ready(connection, url)
        if not purpose.may_be_empty:
            check_not_empty(connection, url)
        try:
            return _create(url, connection, programs, purpose, draft, progress)
        except BaseException:
            _take_back(purpose.store, draft)
            raise


def _check_plain(store: Store) -> None:
    """A key that is forgotten would let everybody who reads the store read what the others there hide."""
    if sealed := newest_if_sealed(store):
        raise KavenError(
            "backup_keys_missing",
            f"{sealed}, the newest backup in {store.url}, is encrypted, and no key is set for this one",
            help="set KAVEN_BACKUP_KEYS_FILE; or, if everybody who reads the store may read it: --plain",
            exit_code=ExitCode.WRONG_USE,
        )


def _create(
    url: DatabaseUrl,
    connection: Connection,
    programs: Programs,
    purpose: Purpose,
    draft: _Draft,
    progress: Progress,
) -> Manifest:
    server_version = connection.info.server_version
    contents, database = _write_dump(url, connection, programs, purpose, draft, progress)
    _write_globals(url, programs, purpose, draft)
    manifest = Manifest(
        name=draft.name,
        started=draft.started,
        finished=datetime.now(UTC),
        tool=f"kaven-schema {__version__}",
        server_version=server_version,
        dump_major=programs.major,
        database=database,
        contents=contents,
        release=purpose.release,
        objects=draft.objects,
        notes=tuple(draft.notes),
    )
    name = manifest.object_name(MANIFEST)
    with purpose.store.writer(name) as sink:
        sink.write(to_bytes(as_json(manifest), name, purpose.key))
    return manifest


def _write_dump(
    url: DatabaseUrl,
    connection: Connection,
    programs: Programs,
    purpose: Purpose,
    draft: _Draft,
    progress: Progress,
) -> tuple[Contents, DatabaseFacts]:
    """The dump, and what it must hold, which is counted meanwhile."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Event

    found = connection.execute(_SIZE).fetchone()
    estimate = int(found[0] if found else 0) // _COMPRESSED
    with snapshot(connection) as moment, ThreadPoolExecutor(1) as pool:
        stop = Event()
        reading = pool.submit(_read, connection, stop)
        with (
            _stopping(connection, stop),
            progress(f"Backing up {url.database}", max(estimate, 1)) as advance,
            writing(purpose.store, f"{draft.name}/{DUMP}", purpose.key) as written,
        ):
            dump_database(programs, url, moment, written, advance)
        draft.objects[DUMP] = written.facts
        return reading.result()


def _read(connection: Connection, stop: Event) -> tuple[Contents, DatabaseFacts]:
    def counted(_table: str) -> None:
        if stop.is_set():
            raise _StoppedError

    return read_contents(connection, counted), read_database(connection)


@contextmanager
def _stopping(connection: Connection, stop: Event) -> Iterator[None]:
    """Where the dump fails, the counting beside it need not go on to its end."""
    try:
        yield
    except BaseException:
        stop.set()
        connection.cancel()
        raise


class _StoppedError(Exception):
    """Nobody waits for the result any more."""


def _write_globals(url: DatabaseUrl, programs: Programs, purpose: Purpose, draft: _Draft) -> None:
    """The cluster's roles; a backup without them is one, too, and says so."""
    problem = ""
    try:
        with writing(purpose.store, f"{draft.name}/{GLOBALS}", purpose.key) as written:
            try:
                dump_globals(programs, url, written)
            except (ProgramFailedError, OSError) as error:
                problem = str(error)
                raise _NoGlobalsError from None
    except _NoGlobalsError:
        draft.notes.append(f"without the cluster's roles: {problem}")
        return
    draft.objects[GLOBALS] = written.facts


class _NoGlobalsError(Exception):
    """So that the store keeps nothing of what was written."""


def _take_back(store: Store, draft: _Draft) -> None:
    """What was written is no backup without a manifest; what cannot be removed now is swept later."""
    with suppress(KavenError):
        store.remove([f"{draft.name}/{short}" for short in draft.objects])
