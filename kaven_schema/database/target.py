"""Which database a command works on: DATABASE_URL if it is set anywhere, else the embedded one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from kaven_schema.config import Settings
from kaven_schema.database.url import DatabaseUrl, parse_url
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.files import shown_path

if TYPE_CHECKING:
    from kaven_schema.database.embedded import EmbeddedServer, Role

VARIABLE = "DATABASE_URL"
DIRECT_VARIABLE = "DIRECT_URL"


@dataclass(frozen=True, slots=True)
class Target:
    """A database, and where it was said that it is this one."""

    url: DatabaseUrl
    origin: str
    is_embedded: bool


def find_target(settings: Settings, role: Role, *, progress: Progress = silent) -> Target:
    """The database of the project as `role` sees it; the embedded one is started if need be.

    A DATABASE_URL has one user for all roles, unless it leads to the embedded database. To migrate,
    DIRECT_URL goes before a DATABASE_URL that goes through PgBouncer.
    """
    given = given_url(settings)
    server = _embedded(settings.root)
    if given is None or (server and server.is_mine(given.url)):
        server = server or _missing()
        server.up(progress=progress)
        origin = given.origin if given else "the embedded PostgreSQL"
        return Target(server.url(role), origin, is_embedded=True)
    from kaven_schema.database.embedded.roles import Role as Roles

    if role is not Roles.APP and given.url.through_pgbouncer:
        return given_url(settings, DIRECT_VARIABLE) or given
    return given


def given_url(settings: Settings, variable: str = VARIABLE) -> Target | None:
    """What the environment says, then the project's `.env`, then the one beside the schema; "" says nothing.

    Raises KavenError `database_url_invalid`, `env_file_unreadable`.
    """
    if text := os.environ.get(variable):
        return Target(parse_url(text, variable), variable, is_embedded=False)
    for file in dict.fromkeys((settings.root / ".env", settings.output.parent / ".env")):
        if file.is_file() and (text := _values(file).get(variable)):
            origin = f"{variable} in {shown_path(file)}"
            return Target(parse_url(text, origin), origin, is_embedded=False)
    return None


def _embedded(root: Path) -> EmbeddedServer | None:
    from kaven_schema.database.embedded.binaries import embedded_available

    if not embedded_available():
        return None
    from kaven_schema.database.embedded import EmbeddedServer

    return EmbeddedServer(root)


def _missing() -> NoReturn:
    """Raises KavenError `database_missing` or `database_unsupported`."""
    from kaven_schema.database.embedded.binaries import program

    program("postgres")
    raise AssertionError("an extra that is not installed has programs")


def _values(file: Path) -> dict[str, str | None]:
    try:
        from dotenv import dotenv_values

        return dotenv_values(file)
    except ImportError:
        problem = "the package python-dotenv is not installed"
        help_line = "pip install 'kaven-schema[database]'"
    except (OSError, UnicodeDecodeError) as error:
        problem, help_line = str(error), "save the file as UTF-8 and readable, or move it away"
    raise KavenError(
        "env_file_unreadable",
        f"cannot read {shown_path(file)}: {problem}",
        help=help_line,
        exit_code=ExitCode.PROBLEMS,
    )
