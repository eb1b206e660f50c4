"""Which database a command works on: the one that the datasource's variable names, else the embedded one."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from kaven_schema.config import Settings
from kaven_schema.database.url import DatabaseUrl, parse_url
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.files import read_source, shown_path
from kaven_schema.files.env_file import env_values

if TYPE_CHECKING:
    from kaven_schema.database.embedded import EmbeddedServer, Role

VARIABLE = "DATABASE_URL"
DIRECT_VARIABLE = "DIRECT_URL"
BY_STARTING_IT = "start the embedded one: kaven db up"
"""How one chooses it for a command that has no --embedded."""

_DATASOURCE = re.compile(r"^[ \t]*datasource\s+\w+\s*\{([^}]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Target:
    """A database, and where it was said that it is this one."""

    url: DatabaseUrl
    origin: str
    is_embedded: bool

    def described(self, root: Path) -> str:
        """For people: which database that is, without its password."""
        if not self.is_embedded:
            return self.url.shown()
        return f"the embedded PostgreSQL at {shown_path(root / '.kaven' / 'postgres')}"


def find_target(settings: Settings, role: Role, *, progress: Progress = silent) -> Target:
    """The database of the project as `role` sees it; the embedded one is started if need be.

    A DATABASE_URL has one user for all roles, unless it leads to the embedded database. To migrate, the datasource's
    `directUrl` goes before its `url`, and DIRECT_URL before a DATABASE_URL that goes through PgBouncer.
    """
    given = given_url(settings)
    server = _embedded(settings.root)
    if given is None or (server and server.is_mine(given.url)):
        server = server or _missing()
        server.up(progress=progress)
        origin = given.origin if given else "the embedded PostgreSQL"
        return Target(server.url(role), origin, is_embedded=True)
    from kaven_schema.database.embedded.roles import Role as Roles

    if role is Roles.APP:
        return given
    named = datasource_variable(settings, "directUrl")
    direct = _given(settings, named) if named else None
    if direct is None and given.url.through_pgbouncer:
        direct = _given(settings, DIRECT_VARIABLE)
    return direct or given


def check_chosen(settings: Settings, *, embedded: bool = False, otherwise: str = "say --embedded") -> None:
    """That somebody chose the database: a secret that is missing is not to look like the embedded one.

    `otherwise` is how one chooses the embedded database.

    Raises KavenError `database_url_empty`, `database_not_chosen`, `database_chosen_twice`.
    """
    given = given_url(settings)
    server = _embedded(settings.root)
    if embedded:
        if given and not (server and server.is_mine(given.url)):
            raise _chosen_twice(given)
        return
    for variable in url_variables(settings):
        if where := _set_and_empty(settings, variable):
            raise _empty(variable, where, otherwise)
        if _given(settings, variable):
            break
    if given is None and server and not server.exists:
        raise _not_chosen(url_variables(settings)[0], otherwise)


def url_variables(settings: Settings) -> tuple[str, ...]:
    """The variables that may hold the database's URL, the one of the merged schema's datasource first."""
    named = datasource_variable(settings, "url")
    return tuple(dict.fromkeys((named, VARIABLE))) if named else (VARIABLE,)


def datasource_variable(settings: Settings, key: str) -> str:
    """The X of `key = env("X")` in the datasource of the merged schema, or of base where that is not made yet."""
    for file in (settings.output, settings.base):
        if file.is_file():
            found = _DATASOURCE.search(read_source(file).text)
            named = re.search(
                rf'^[ \t]*{key}[ \t]*=[ \t]*env\([ \t]*"([^"]+)"', found[1] if found else "", re.MULTILINE
            )
            return named[1] if named else ""
    return ""


def given_url(settings: Settings) -> Target | None:
    """What the environment says, then the project's `.env`, then the one beside the schema; "" says nothing.

    Raises KavenError `database_url_invalid`, `env_file_unreadable`.
    """
    found = (_given(settings, variable) for variable in url_variables(settings))
    return next((target for target in found if target), None)


def _set_and_empty(settings: Settings, variable: str) -> str:
    """Where a variable is set, without a value: the first place that names it counts. Empty where none does so."""
    if variable in os.environ:
        return "" if os.environ[variable] else "the environment"
    for file in _env_files(settings):
        if variable in (found := env_values(file)):
            return "" if found[variable] else shown_path(file)
    return ""


def _env_files(settings: Settings) -> tuple[Path, ...]:
    return tuple(dict.fromkeys((settings.root / ".env", settings.output.parent / ".env")))


def _given(settings: Settings, variable: str) -> Target | None:
    if text := os.environ.get(variable):
        return Target(parse_url(text, variable), variable, is_embedded=False)
    for file in _env_files(settings):
        if text := env_values(file).get(variable):
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


def _chosen_twice(given: Target) -> KavenError:
    return KavenError(
        "database_chosen_twice",
        f"--embedded is said, and {given.origin} names {given.url.shown()}",
        help=f"leave --embedded out, or unset {given.origin}",
        exit_code=ExitCode.WRONG_USE,
    )


def _empty(variable: str, where: str, otherwise: str) -> KavenError:
    return KavenError(
        "database_url_empty",
        f"{variable} is set, and empty, in {where}",
        help=f"set {variable} to the database's URL; or unset it, and {otherwise}",
        exit_code=ExitCode.WRONG_USE,
    )


def _not_chosen(variable: str, otherwise: str) -> KavenError:
    return KavenError(
        "database_not_chosen",
        f"{variable} is not set, and this project has no embedded PostgreSQL yet",
        help=f"set {variable}, or {otherwise}",
        exit_code=ExitCode.WRONG_USE,
    )
