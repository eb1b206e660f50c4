"""The server itself: whether it answers, its version, clock, encryption and extensions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.health.deployment import Deployment
from kaven_schema.operations.health.finding import Colour, Finding

if TYPE_CHECKING:
    from psycopg import Connection

_END_OF_LIFE = {
    15: date(2027, 11, 11),
    16: date(2028, 11, 9),
    17: date(2029, 11, 8),
    18: date(2030, 11, 14),
}
_SOON = timedelta(days=180)
_SKEW_YELLOW, _SKEW_RED = 2.0, 30.0
_EXTENSIONS = re.compile(r"^[ \t]*extensions[ \t]*=[ \t]*\[([^\]]*)\]", re.MULTILINE)
_CREATED = re.compile(
    r"\b(CREATE|DROP)\s+EXTENSION\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?\"?([\w-]+)", re.IGNORECASE
)
_INSTALLED = """\
SELECT e.extname, e.extversion, a.default_version
FROM pg_extension e LEFT JOIN pg_available_extensions a ON a.name = e.extname"""
_LOCAL = ("localhost", "127.0.0.1", "::1")


def database(deployment: Deployment) -> Iterator[Finding]:
    """Whether it answers, as the application and as the owner; the other checks need both."""
    try:
        application, direct = deployment.application, deployment.direct
        deployment.as_application.execute("SELECT 1")
        text = f"{application.url.shown()} answers ({application.origin})"
        deployment.as_owner.execute("SELECT 1")
    except KavenError as error:
        yield Finding("database", Colour.RED, error.message, error.help)
        return
    yield Finding("database", Colour.GREEN, text)
    if direct.url != application.url:
        yield Finding("database", Colour.GREEN, f"{direct.url.shown()} answers (for migrations)")


def version(deployment: Deployment) -> Iterator[Finding]:
    """Whether the project of PostgreSQL still mends this version, and ours was tried on it."""
    row = deployment.as_owner.execute("SHOW server_version").fetchone()
    full = str(row[0]).split()[0] if row else ""
    major = deployment.as_owner.info.server_version // 10_000
    yield version_finding(major, full, deployment.given.now().date())


def version_finding(major: int, full: str, today: date) -> Finding:
    known = f"PostgreSQL {full}"
    oldest, newest = min(_END_OF_LIFE), max(_END_OF_LIFE)
    if major < oldest:
        return Finding("version", Colour.RED, f"{known} is not supported", f"upgrade it to {oldest} or newer")
    if major > newest:
        what = f"{known} is newer than any that this was tried on ({oldest} to {newest})"
        return Finding("version", Colour.YELLOW, what, "see whether a newer kaven-schema knows it")
    end = _END_OF_LIFE[major]
    if today + _SOON >= end:
        verb = "ended" if today >= end else "ends"
        return Finding(
            "version", Colour.YELLOW, f"{known}: its life {verb} on {end}", f"upgrade it to {newest}"
        )
    return Finding("version", Colour.GREEN, f"{known}, maintained until {end}")


def clock(deployment: Deployment) -> Iterator[Finding]:
    """Tokens, expiry dates and restores to a second are only as right as two clocks that agree."""
    connection = deployment.as_owner  # to open it takes longer than to ask
    before = deployment.given.now()
    row = connection.execute("SELECT clock_timestamp(), current_setting('TimeZone')").fetchone()
    after = deployment.given.now()
    if row is None:
        return
    apart = (row[0] - (before + (after - before) / 2)).total_seconds()
    if abs(apart) < _SKEW_YELLOW:
        yield Finding("clock", Colour.GREEN, f"the server's is this machine's, within {_SKEW_YELLOW:.0f} s")
    else:
        colour = Colour.RED if abs(apart) >= _SKEW_RED else Colour.YELLOW
        ahead = "ahead of" if apart > 0 else "behind"
        what = f"the server's is {abs(apart):.0f} s {ahead} this machine's"
        yield Finding("clock", colour, what, "let both follow one time server: timedatectl set-ntp true")
    if row[1] not in ("UTC", "Etc/UTC", "GMT"):
        do = f"ALTER DATABASE \"{deployment.direct.url.database}\" SET timezone = 'UTC'"
        yield Finding("clock", Colour.YELLOW, f"the database's time zone is {row[1]}, rows are in UTC", do)


def encryption(deployment: Deployment) -> Iterator[Finding]:
    """Whether passwords and rows travel in the open, and whether anybody checks who answers."""
    application, direct = deployment.application.url, deployment.direct.url
    yield _way(application, deployment.as_application, "DATABASE_URL")
    if (direct.host, direct.port) != (application.host, application.port):
        yield _way(direct, deployment.as_owner, "DIRECT_URL")


def _way(url: DatabaseUrl, connection: Connection, variable: str) -> Finding:
    if is_local(url):
        return Finding("tls", Colour.GREEN, f"{variable} does not leave this machine")
    if not connection.pgconn.ssl_in_use:
        do = f"let the server offer TLS (ssl = on), and add ?sslmode=verify-full to {variable}"
        return Finding("tls", Colour.RED, f"the connection to {url.host} is not encrypted", do)
    if url.connection_parameters().get("sslmode") not in ("verify-full", "verify-ca"):
        what = f"the connection to {url.host} is encrypted, but whoever answers is believed"
        do = (
            f"add sslmode=verify-full and sslrootcert=… to {variable} (for Prisma's engine: sslaccept=strict)"
        )
        return Finding("tls", Colour.YELLOW, what, do)
    return Finding("tls", Colour.GREEN, f"encrypted, and {url.host} shows its certificate")


def is_local(url: DatabaseUrl) -> bool:
    return url.is_socket or all(host in _LOCAL or host.startswith("127.") for host in url.host.split(","))


def extensions(deployment: Deployment) -> Iterator[Finding]:
    """Those that the schema or a migration names: installed, and of the version that the server offers."""
    wanted = wanted_extensions(deployment)
    rows = {name: (has, offers) for name, has, offers in deployment.as_owner.execute(_INSTALLED)}
    fine = []
    for name in wanted:
        has, offers = rows.get(name, ("", ""))
        if not has:
            do = f'CREATE EXTENSION "{name}" (as a superuser; the embedded PostgreSQL has plpgsql and vector alone)'
            yield Finding("extensions", Colour.RED, f"{name} is not installed", do)
        elif offers and offers != has:
            do = f'ALTER EXTENSION "{name}" UPDATE'
            yield Finding("extensions", Colour.YELLOW, f"{name} is {has}, the server has {offers}", do)
        else:
            fine.append(f"{name} {has}")
    if not wanted:
        yield Finding("extensions", Colour.GREEN, "the schema names none")
    elif len(fine) == len(wanted):
        yield Finding("extensions", Colour.GREEN, ", ".join(fine))


def wanted_extensions(deployment: Deployment) -> list[str]:
    """By their names in PostgreSQL, sorted."""
    found = _EXTENSIONS.search(deployment.schema)
    names = {name.strip().partition("(")[0].strip() for name in (found[1].split(",") if found else ())}
    mapped = re.findall(r"(\w+)\([^)]*map:\s*\"([^\"]+)\"", found[1] if found else "")
    names = {dict(mapped).get(name, name) for name in names if name}
    for script in sorted((deployment.settings.output.parent / "migrations").glob("*/migration.sql")):
        for verb, name in _CREATED.findall(script.read_text(encoding="utf-8", errors="replace")):
            (names.add if verb.upper() == "CREATE" else names.discard)(name)
    return sorted(names)
