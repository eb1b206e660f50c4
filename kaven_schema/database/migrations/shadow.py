"""An empty database to try migrations in."""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kaven_schema.config import Settings
from kaven_schema.database.connection import connect
from kaven_schema.database.target import Target, datasource_variable
from kaven_schema.database.url import DatabaseUrl, parse_url
from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.progress import Progress, silent

if TYPE_CHECKING:
    from psycopg import Connection

VARIABLE = "SHADOW_DATABASE_URL"
_PREFIX = "kaven_shadow_"
_FORGOTTEN_SECONDS = 3600


@contextmanager
def shadow_database(settings: Settings, target: Target, *, progress: Progress = silent) -> Iterator[str]:
    """The URL of an empty database that is gone after the block.

    $SHADOW_DATABASE_URL, or what the datasource names so, which is emptied, else a new one on the embedded server,
    else one beside the target. Raises KavenError `extension_missing`, `shadow_refused`, and as `connect` does.
    """
    variable = _variable(settings)
    if given := os.environ.get(variable):
        url = parse_url(given, variable)
        with _extensions_told(variable):
            yield str(url if "schema" in url.options else url.with_schema(target.url.schema))
        return
    host = _host(settings, target, progress)
    with connect(host) as connection:
        _sweep(connection)
        name = f"{_PREFIX}{int(time.time())}_{secrets.token_hex(4)}"
        _create(connection, name, host)
        try:
            with _extensions_told(variable):
                yield str(host.with_database(name).with_schema(target.url.schema))
        finally:
            _drop(connection, name)


@contextmanager
def _extensions_told(variable: str) -> Iterator[None]:
    """Raises KavenError `extension_missing` where the engine met a migration that wants what the server lacks."""
    from kaven_schema.database.migrations.extensions import lacks_extension, missing_extension
    from kaven_schema.engines.schema_engine import SchemaEngineError

    try:
        yield
    except SchemaEngineError as error:
        if name := missing_extension(error.message):
            raise KavenError(
                "extension_missing",
                f"the migrations cannot be tried: {lacks_extension(name)}",
                help=f"set DATABASE_URL, and {variable} to an empty database, on a server that has {name}",
            ) from None
        raise


def _variable(settings: Settings) -> str:
    named = datasource_variable(settings, "shadowDatabaseUrl")
    return named if named and os.environ.get(named) else VARIABLE


def _host(settings: Settings, target: Target, progress: Progress) -> DatabaseUrl:
    from kaven_schema.database.embedded.binaries import embedded_available

    if target.is_embedded or not embedded_available():
        return target.url
    from kaven_schema.database.embedded import EmbeddedServer, Role

    server = EmbeddedServer(settings.root)
    server.up(progress=progress)
    return server.url(Role.OWNER)


def _create(connection: Connection, name: str, host: DatabaseUrl) -> None:
    from psycopg.errors import InsufficientPrivilege

    try:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    except InsufficientPrivilege:
        raise KavenError(
            "shadow_refused",
            f"{host.user} may not create a database to try the migrations in",
            help=f"set {VARIABLE} to an empty database, or: pip install 'kaven-schema[database]'",
        ) from None


def _sweep(connection: Connection) -> None:
    """Drop those of runs that were killed."""
    found = connection.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND datdba = current_user::regrole",
        [_PREFIX],
    )
    for (name,) in found.fetchall():
        made = re.fullmatch(rf"{_PREFIX}(\d+)_[0-9a-f]{{8}}", name)
        if made and time.time() - int(made[1]) > _FORGOTTEN_SECONDS:
            _drop(connection, name)


def _drop(connection: Connection, name: str) -> None:
    """What cannot be dropped now is swept later.

    FORCE is refused while an autovacuum worker is in there, which only a superuser may end. Without it PostgreSQL
    itself sends the worker away, and waits some seconds for everybody else.
    """
    from psycopg import Error

    for force in (" WITH (FORCE)", "", " WITH (FORCE)"):
        try:
            connection.execute(f"DROP DATABASE IF EXISTS {name}{force}".encode())
        except Error:
            continue
        return
