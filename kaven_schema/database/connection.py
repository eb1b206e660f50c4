"""Connections to a database, and what their failures mean to a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError

if TYPE_CHECKING:
    from psycopg import Connection, OperationalError

_CONNECT_SECONDS = "15"
_APPLICATION = "kaven"
_HELP = (
    ("password authentication failed", "database_login_refused", "mend user and password in DATABASE_URL"),
    ("no pg_hba.conf entry", "database_login_refused", "let the server's pg_hba.conf take this user"),
    ("no password supplied", "database_login_refused", "write the password into DATABASE_URL"),
    ('role "', "database_login_refused", "mend user and password in DATABASE_URL"),
    ("does not exist", "database_unknown", "create it, or mend the name in DATABASE_URL"),
    ("too many clients", "database_busy", "wait, or raise the server's max_connections"),
    ("remaining connection slots", "database_busy", "wait, or raise the server's max_connections"),
    ("starting up", "database_busy", "wait until it is up, then run the command again"),
    ("shutting down", "database_busy", "wait, then run the command again"),
    ("SSL", "database_ssl_failed", "mend sslmode and its certificates in DATABASE_URL"),
    ("certificate", "database_ssl_failed", "mend sslmode and its certificates in DATABASE_URL"),
)


def connect(url: DatabaseUrl) -> Connection:
    """An autocommitting connection in the schema of the URL. Close it, or use it as a block.

    Raises KavenError `database_unreachable`, `database_login_refused`, `database_unknown`, `database_busy`,
    `database_ssl_failed`, `database_url_invalid`, `database_driver_missing`.
    """
    _check_driver()
    import psycopg
    from psycopg.conninfo import make_conninfo

    parameters = {"connect_timeout": _CONNECT_SECONDS, "application_name": _APPLICATION}
    parameters |= url.connection_parameters()
    try:
        conninfo = make_conninfo(**parameters)
        # Nothing is prepared: poolers hand the next statement to another connection.
        connection: Connection = psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)
    except psycopg.OperationalError as error:
        raise _unreachable(url, error) from None
    except (psycopg.ProgrammingError, UnicodeError) as error:
        raise KavenError(
            "database_url_invalid",
            f"{url.shown()}: {str(error).strip()}",
            help="mend DATABASE_URL",
            exit_code=ExitCode.WRONG_USE,
        ) from None
    if "schema" in url.options:
        connection.execute("SELECT set_config('search_path', quote_ident(%s), false)", [url.schema])
    return connection


def lost(url: DatabaseUrl, error: OperationalError) -> KavenError:
    """A connection that ended while it was used, or a server that ran out of something."""
    if error.sqlstate == "53100":
        return KavenError(
            "disk_full",
            f"the database has no space left: {_first_line(error)}",
            help="free some space on the server's disk, then run the command again",
        )
    return KavenError(
        "database_lost",
        f"the connection to {url.shown()} broke: {_first_line(error)}",
        help="see whether the server is up, then run the command again; what was not committed is undone",
    )


def _check_driver() -> None:
    try:
        import psycopg  # noqa: F401 - only whether it can be had
    except ImportError as error:
        raise KavenError(
            "database_driver_missing",
            f"the Python package psycopg, which talks to PostgreSQL, cannot be loaded: {error}",
            help="pip install 'kaven-schema[database]'",
        ) from None


def _unreachable(url: DatabaseUrl, error: OperationalError) -> KavenError:
    reason = _first_line(error)
    for words, rule, help_line in _HELP:
        if words in reason:
            return KavenError(rule, f"{url.shown()}: {reason}", help=help_line)
    return KavenError(
        "database_unreachable",
        f"cannot connect to {url.shown()}: {reason}",
        help="start the server, or mend DATABASE_URL, or unset it to use the embedded PostgreSQL",
    )


def _first_line(error: OperationalError) -> str:
    """libpq names what it tried first, then why that failed."""
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return line.rpartition(" failed: ")[2].removeprefix("FATAL:").strip()
