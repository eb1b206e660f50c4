"""kaven backup test, as a function: the proof that a backup restores, on a server made for it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema import __version__
from kaven_schema.database.connection import connect
from kaven_schema.database.programs import programs_for
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.keyring.ring import KeyRing
from kaven_schema.operations.backup.catalogue import Backup, Catalogue
from kaven_schema.operations.backup.cluster import create_database
from kaven_schema.operations.backup.comparing import differences
from kaven_schema.operations.backup.documents import Trust
from kaven_schema.operations.backup.filling import default_jobs, fetched, fill, read_globals, told
from kaven_schema.operations.backup.manifest import DatabaseFacts, Manifest
from kaven_schema.operations.backup.proofs import Proof, ProofKind, record
from kaven_schema.operations.backup.querying import failing_queries, model_queries
from kaven_schema.operations.backup.restoring import check_trust, restore_differs
from kaven_schema.operations.backup.roles import make_roles, missing_roles
from kaven_schema.operations.backup.scratch import ServerPrograms, scratch_server, server_programs
from kaven_schema.operations.backup.storage import Store
from kaven_schema.syntax.dialect import Dialect

if TYPE_CHECKING:
    from psycopg import Connection

_EXTENSIONS = "SELECT name FROM pg_available_extensions"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofOptions:
    """`schema` is the merged schema, by whose names every model is queried; `root` is where the server is made.

    `migration` is the last one of the schema, or empty: a backup of another state lacks what came after it.
    """

    root: Path
    schema: Path
    dialect: Dialect
    migration: str
    unprotected: bool = False
    progress: Progress = silent


class _Watch:
    """Seconds on the clock, by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began, 1)


def prove_backup(store: Store, keys: KeyRing | None, backup: Backup, options: ProofOptions) -> Proof:
    """Restore into a new server, compare, query every model; the proof is written beside the manifest.

    Raises KavenError `backup_server_missing`, `backup_server_failed`, `backup_extension_missing`,
    `backup_restore_failed`, `backup_restore_differs`, `backup_unprotected`, `backup_key_unknown`, `disk_full`, and
    as the store does.
    """
    check_trust(backup, keys, unprotected=options.unprotected)
    manifest, watch = backup.manifest, _Watch()
    began = time.monotonic()
    with fetched(store, manifest, keys, options.root, options.progress) as dump:
        script = read_globals(store, manifest, keys)
        with _server_for(manifest, options.root) as (programs, url):
            inside = _restore(url, manifest, script, dump, options, watch)
            note = _other_state(manifest, options)
            queries = () if note else model_queries(options.schema, options.dialect)
            _prove(inside, manifest, queries, options, watch)
    proof = Proof(
        backup=manifest.name,
        kind=ProofKind.RESTORED,
        at=datetime.now(UTC),
        tool=f"kaven-schema {__version__}",
        seconds={**watch.seconds, "whole": round(time.monotonic() - began, 1)},
        server_version=programs.major,
        tables=len(manifest.contents.tables),
        rows=manifest.contents.rows,
        queries=len(queries),
        note=note,
    )
    record(store, proof, keys.current if keys else None)
    return proof


@contextmanager
def _server_for(manifest: Manifest, root: Path) -> Iterator[tuple[ServerPrograms, DatabaseUrl]]:
    """The oldest that is new enough and has the extensions. Raises KavenError `backup_extension_missing`."""
    lacking: tuple[str, ...] = ()
    for programs in server_programs(manifest.server_major):
        with scratch_server(programs, root) as url:
            with connect(url) as connection:
                lacking = _lacking(connection, manifest)
            if not lacking:
                yield programs, url
                return
    raise KavenError(
        "backup_extension_missing",
        f"no PostgreSQL here has what the backup needs: {', '.join(lacking)}",
        help="install a PostgreSQL server with it (Debian: apt-get install"
        f" postgresql-{manifest.server_major} postgresql-contrib)",
    )


def _lacking(connection: Connection, manifest: Manifest) -> tuple[str, ...]:
    there = {str(name) for (name,) in connection.execute(_EXTENSIONS)}
    return tuple(name for name in manifest.contents.extensions if name not in there)


def _restore(
    url: DatabaseUrl, manifest: Manifest, script: str, dump: Path, options: ProofOptions, watch: _Watch
) -> DatabaseUrl:
    """The URL of the restored database."""
    inside = url.with_database("restored")
    with connect(url) as connection:
        missing = missing_roles(connection, manifest.contents.roles)
        make_roles(connection, script or _bare(missing), missing)
        _create(connection, inside.database, manifest.database)
    title = f"Restoring {manifest.name} into a server of its own"
    with told(manifest), options.progress(title, 1) as advance, watch.step("restore"):
        programs = programs_for(max(manifest.dump_major, manifest.server_major))
        fill(programs, inside, dump, default_jobs())
        advance(1)
    return inside


def _bare(roles: tuple[str, ...]) -> str:
    """Where the backup does not say how they are made, their names are enough to try it."""
    quoted = ('"' + role.replace('"', '""') + '"' for role in roles)
    return "\n".join(f"CREATE ROLE {role};" for role in quoted)


def _create(connection: Connection, name: str, facts: DatabaseFacts) -> None:
    """As it was; where this machine lacks the locale, in the one that every machine has."""
    from psycopg import Error

    try:
        create_database(connection, name, facts, None)
    except Error:
        connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        plain: Mapping[str, str] = {"provider": "libc", "collate": "C", "ctype": "C", "locale": ""}
        create_database(connection, name, replace(facts, **plain, settings=()), None)  # type: ignore[arg-type]


def _other_state(manifest: Manifest, options: ProofOptions) -> str:
    """Why the schema's models cannot be asked for; empty if they can."""
    of_backup = manifest.contents.migration
    if of_backup == options.migration or not options.schema.is_file():
        return ""
    return (
        f"no model was queried: the backup's last migration is {of_backup or 'none'},"
        f" the schema's {options.migration or 'none'}"
    )


def _prove(
    url: DatabaseUrl,
    manifest: Manifest,
    queries: tuple[tuple[str, str], ...],
    options: ProofOptions,
    watch: _Watch,
) -> None:
    """Raises KavenError `backup_restore_differs`."""
    with connect(url) as connection, watch.step("compare"):
        tables = max(len(manifest.contents.tables), 1)
        with options.progress("Comparing it with what was backed up", tables) as advance:
            lines = differences(connection, manifest.contents, lambda _: advance(1))
        lines += failing_queries(connection, queries)
    if lines:
        raise restore_differs(manifest, lines)


def why_unproved(catalogue: Catalogue) -> str:
    """For backups of which none has a proof that counts."""
    for backup in reversed(catalogue.backups):
        if backup.proof(ProofKind.RESTORED) and backup.trust is Trust.UNCHECKED:
            return f"the proof of {backup.name} cannot be checked without the key that it was made with"
        if backup.proof(ProofKind.RESTORED):
            return f"the proof of {backup.name} was made without a key: anybody may have made it"
    return "no backup was ever restored to see whether it can be"


def proof_problem(catalogue: Catalogue, max_age: timedelta, now: datetime) -> str:
    """For monitoring: why nobody should rely on these backups; empty if the newest proof is young enough."""
    newest = catalogue.newest
    if damaged := [name for name, _ in catalogue.unreadable if newest is None or name > newest.name]:
        return f"the newest backup, {max(damaged)}, cannot be read"
    if newest is None:
        return "there is no backup"
    proof = catalogue.newest_proof
    if proof is None:
        return why_unproved(catalogue)
    age = now - proof.at
    if age > max_age:
        return f"the last restore that was proved is {age.days} days old ({proof.backup}), {max_age.days} are allowed"
    if age < -timedelta(days=1):
        return f"the last proof is from the future ({proof.at:%Y-%m-%d}): one of two clocks is wrong"
    return ""
