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
from kaven_schema.database.target import Target
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

    $SHADOW_DATABASE_URL, which is emptied, else a new one on the embedded server, else one beside the target.
    Raises KavenError `shadow_refused`, and as `connect` does.
    """
    if given := os.environ.get(VARIABLE):
        url = parse_url(given, VARIABLE)
        yield str(url if "schema" in url.options else url.with_schema(target.url.schema))
        return
    host = _host(settings, target, progress)
    with connect(host) as connection:
        _sweep(connection)
        name = f"{_PREFIX}{int(time.time())}_{secrets.token_hex(4)}"
        _create(connection, name, host)
        try:
            yield str(host.with_database(name).with_schema(target.url.schema))
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


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
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
