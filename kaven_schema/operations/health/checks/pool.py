"""The way from the application to the server: PgBouncer, connections, timeouts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from kaven_schema.database.connection import connect
from kaven_schema.database.embedded.roles import Role
from kaven_schema.database.target import Target
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.health.deployment import Deployment
from kaven_schema.operations.health.finding import Colour, Finding

if TYPE_CHECKING:
    from psycopg import Connection

_CONNECTIONS = """\
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
    (SELECT sum(numbackends) FROM pg_stat_database)::int"""
_FULL = 0.8
# What a session may hold on to: the setting, why it matters, and a value that suits most.
_TIMEOUTS = (
    (
        "idle_in_transaction_session_timeout",
        "a transaction that is forgotten holds its locks for ever",
        "60s",
    ),
    ("statement_timeout", "a query that goes astray is never stopped", "30s"),
)


def pooler(deployment: Deployment) -> Iterator[Finding]:
    """Whether a pooler stands between, in transaction mode, and whether the URL says so to Prisma's engine."""
    url = deployment.application.url
    if not is_pooled(deployment.as_application):
        yield _unpooled(url)
        if deployment.given.pooler:
            yield from _console(deployment)
        return
    if not url.through_pgbouncer:
        yield Finding(
            "pooler",
            Colour.RED,
            "a pooler stands before the server, and DATABASE_URL does not say so: prepared statements break",
            "add pgbouncer=true to DATABASE_URL",
        )
    if deployment.direct.url == url:
        yield Finding(
            "pooler",
            Colour.RED,
            "migrations would go through the pooler, which breaks their locks",
            "set DIRECT_URL to the server itself",
        )
    yield from _console(deployment)


def _unpooled(url: DatabaseUrl) -> Finding:
    if url.through_pgbouncer:
        what = "DATABASE_URL says pgbouncer=true, and leads to the server itself: no settings, no prepared statements"
        return Finding("pooler", Colour.YELLOW, what, "take pgbouncer=true out, or go through PgBouncer")
    return Finding("pooler", Colour.GREEN, "none: the application connects to the server itself")


def is_pooled(connection: Connection) -> bool:
    """A pooler makes up the number that it gives its clients; the server's own process has another."""
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    return row is not None and row[0] != connection.info.backend_pid


def _console(deployment: Deployment) -> Iterator[Finding]:
    try:
        with connect(deployment.pooler) as console:
            settings = _shown(console, "SHOW CONFIG", "key", "value")
            version = _first(console, "SHOW VERSION")
    except KavenError as error:
        yield _closed(error.message, error.help)
        return
    except Exception as error:  # psycopg's, which is not to be imported for its name alone
        if not type(error).__module__.startswith("psycopg"):
            raise
        yield _closed(str(error).partition("\n")[0], _TO_SEE)
        return
    yield from console_findings(settings, version, deployment.application.url)
    yield from _sizes(deployment, settings)


_TO_SEE = "put a role into stats_users in pgbouncer.ini, and say: PGBOUNCER_URL=postgresql://ROLE@HOST:PORT/pgbouncer"


def _closed(reason: str, do: str) -> Finding:
    return Finding("pooler", Colour.YELLOW, f"PgBouncer's settings cannot be seen: {reason}", do)


def console_findings(settings: Mapping[str, str], version: str, url: DatabaseUrl) -> Iterator[Finding]:
    mode = settings.get("pool_mode", "")
    if mode == "transaction":
        yield Finding("pooler", Colour.GREEN, f"{version}, in transaction mode")
    elif mode == "statement":
        what = f"{version} is in statement mode, which takes no transactions"
        yield Finding("pooler", Colour.RED, what, "pool_mode = transaction, then: RELOAD")
    else:
        what = f"{version} is in {mode} mode: it holds a server's connection for each of the application's"
        yield Finding("pooler", Colour.YELLOW, what, "pool_mode = transaction, then: RELOAD")
    prepared = int(settings.get("max_prepared_statements") or 0)
    if not prepared and not url.through_pgbouncer:
        what = "it follows no prepared statements (max_prepared_statements = 0)"
        yield Finding("pooler", Colour.RED, what, "add pgbouncer=true to DATABASE_URL")


def _sizes(deployment: Deployment, settings: Mapping[str, str]) -> Iterator[Finding]:
    """The pools against the server, and the application's connections against the pools."""
    free, _ = _connections(deployment.as_owner)
    size = int(settings.get("default_pool_size") or 0) + int(settings.get("reserve_pool_size") or 0)
    most = int(settings.get("max_db_connections") or 0) or size
    clients = int(settings.get("max_client_conn") or 0)
    wanted = connection_limit(deployment.application.url)
    if min(size, most) > free:
        what = f"its pool of {min(size, most)} is more than the server's {free} connections"
        yield Finding("pooler", Colour.RED, what, "lower default_pool_size, or raise max_connections")
    elif wanted > clients:
        what = f"the application wants {wanted} connections of the {clients} that it takes"
        yield Finding(
            "pooler", Colour.RED, what, "raise max_client_conn, or lower connection_limit in DATABASE_URL"
        )
    else:
        yield Finding(
            "pooler", Colour.GREEN, f"pool of {min(size, most)}, {free} at the server, {clients} clients"
        )


def connection_limit(url: DatabaseUrl) -> int:
    """How many connections one process of the application opens: as the URL says, else Prisma's own number."""
    with suppress(ValueError):
        return int(url.options["connection_limit"]) if "connection_limit" in url.options else _default_limit()
    return _default_limit()


def _default_limit() -> int:
    return 2 * (os.cpu_count() or 1) + 1


def connections(deployment: Deployment) -> Iterator[Finding]:
    """How many of the server's connections are taken, and how many a process of the application may take."""
    free, used = _connections(deployment.as_owner)
    limit = connection_limit(deployment.application.url)
    if used >= _FULL * free:
        do = "find who holds them: SELECT * FROM pg_stat_activity; put PgBouncer between, or raise max_connections"
        yield Finding("connections", Colour.RED, f"{used} of {free} are taken", do)
    elif limit > free and not deployment.application.url.through_pgbouncer:
        what = f"one process of the application may want {limit}, the server has {free}"
        yield Finding("connections", Colour.RED, what, "lower connection_limit in DATABASE_URL")
    else:
        yield Finding("connections", Colour.GREEN, f"{used} of {free} are taken; {limit} for each process")


def _connections(connection: Connection) -> tuple[int, int]:
    row = connection.execute(_CONNECTIONS).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def timeouts(deployment: Deployment) -> Iterator[Finding]:
    """As they hold for the application's role."""
    application = deployment.application
    for name, why, value in _TIMEOUTS:
        row = deployment.as_application.execute(f"SHOW {name}".encode()).fetchone()
        if row is None or row[0] in ("0", ""):
            do = _set_timeout(application, f"{name} = '{value}'")
            yield Finding("timeouts", Colour.YELLOW, f"{name} is off: {why}", do)
        else:
            yield Finding("timeouts", Colour.GREEN, f"{name} is {row[0]}")


def _set_timeout(application: Target, setting: str) -> str:
    """A role may set its own, which its owner may not."""
    role = application.url.user
    if application.is_embedded and role == Role.APP.user:
        return f'kaven db psql --role app -c "ALTER ROLE {role} SET {setting}"'
    return f'as {role} itself: ALTER ROLE "{role}" SET {setting}'


def _shown(console: Connection, command: str, key: str, value: str) -> dict[str, str]:
    found = console.execute(command.encode())
    names = [column.name for column in found.description or ()]
    at, to = names.index(key), names.index(value)
    return {str(row[at]): "" if row[to] is None else str(row[to]) for row in found.fetchall()}


def _first(console: Connection, command: str) -> str:
    row = console.execute(command.encode()).fetchone()
    return str(row[0]) if row else ""
