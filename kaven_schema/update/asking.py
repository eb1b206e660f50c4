"""Which migrations a database has had: it is looked at where it is up, and never changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kaven_schema.config import Settings
from kaven_schema.database.migrations.folder import MigrationsFolder
from kaven_schema.diagnostics import Diagnostic, KavenError, Severity

AHEAD = "database_not_ahead"


@dataclass(frozen=True, slots=True)
class Asked:
    """`origin` says where the database was named; empty where none was asked, and then `why_not` may say why.

    `migrations` are those that it has had, failed ones too.
    """

    origin: str = ""
    why_not: str = ""
    migrations: frozenset[str] = frozenset()

    def ahead(self, folder: MigrationsFolder) -> Iterator[Diagnostic]:
        """A problem for each migration that the folder lacks."""
        known = {one.name for one in folder.migrations}
        for name in sorted(self.migrations - known):
            yield Diagnostic(
                AHEAD,
                Severity.ERROR,
                f"{name} is applied in the database ({self.origin}), and is not in the repository",
                help="bring the repository up to date, or restore the migration from version control; "
                "if this database does not count: --no-database",
            )


def ask_database(settings: Settings, *, wanted: bool | None = None) -> Asked:
    """`wanted` starts and needs the database, None takes it where it is up, False never asks.

    Raises KavenError as `find_target` and `connect` do, where it is wanted.
    """
    if wanted is False:
        return Asked()
    try:
        return _asked(settings) if wanted or _may_be_up(settings) else Asked()
    except KavenError as error:
        if wanted:
            raise
        return Asked(why_not=error.message)


def _may_be_up(settings: Settings) -> bool:
    """Nothing is started just to be asked."""
    from kaven_schema.database.embedded.binaries import embedded_available
    from kaven_schema.database.target import given_url

    given = given_url(settings)
    if not embedded_available():
        return given is not None
    from kaven_schema.database.embedded import EmbeddedServer

    server = EmbeddedServer(settings.root)
    is_embedded = given is None or server.is_mine(given.url)
    return not is_embedded or (server.exists and server.running() is not None)


def _asked(settings: Settings) -> Asked:
    from kaven_schema.database.connection import connect
    from kaven_schema.database.embedded.roles import Role
    from kaven_schema.database.migrations.failures import failures_told
    from kaven_schema.database.migrations.table import read_rows
    from kaven_schema.database.target import find_target

    target = find_target(settings, Role.OWNER)
    with failures_told(target.url), connect(target.url) as connection:
        rows = read_rows(connection)
    names = frozenset(row.name for row in rows if row.rolled_back_at is None)
    return Asked(target.origin, migrations=names)
