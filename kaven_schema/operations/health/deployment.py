"""What is examined: a project, its database as the application and as the owner reach it, and its pool."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Self, cast

from kaven_schema.config import Settings
from kaven_schema.database.connection import connect
from kaven_schema.database.embedded.roles import Role
from kaven_schema.database.target import BY_STARTING_IT, Target, check_chosen, find_target, given_url
from kaven_schema.database.url import DatabaseUrl, parse_url
from kaven_schema.diagnostics import ExitCode, KavenError

if TYPE_CHECKING:
    from psycopg import Connection

    from kaven_schema.catalog.catalog import Catalog
    from kaven_schema.syntax.dialect import Dialect

_PATIENCE = "SET statement_timeout = '30s'; SET lock_timeout = '2s'; SET default_transaction_read_only = on"


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command line says. `pooler` is the URL of PgBouncer's console, `backups` a location of backups."""

    application: str = ""
    direct: str = ""
    pooler: str = ""
    backups: str = ""
    backup_days: float = 2.0
    proof_days: float = 31.0
    now: Callable[[], datetime] = field(default=_utc_now)


class Deployment:
    """Connections are opened when they are first asked for, and closed at the end of the block."""

    def __init__(self, settings: Settings, given: Given) -> None:
        self.settings = settings
        self.given = given
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def _targets(self) -> tuple[Target, Target] | None:
        """As the application connects, and as its owner; None where no database is named, and none is up."""
        settings, given = self.settings, self.given
        if not given.application:
            check_chosen(settings, otherwise=BY_STARTING_IT)
        application = _target(given.application, "--database-url") or given_url(settings)
        direct = _target(given.direct, "--direct-url")
        if embedded := _embedded(settings, application):
            return embedded[0], direct or embedded[1]
        if application is None:
            return None
        if direct is None and given.application:
            direct = application
        return application, direct or find_target(settings, Role.OWNER)

    @property
    def application(self) -> Target:
        """Raises KavenError `database_not_chosen`."""
        return self._chosen()[0]

    @property
    def direct(self) -> Target:
        """Raises KavenError `database_not_chosen`."""
        return self._chosen()[1]

    def _chosen(self) -> tuple[Target, Target]:
        if self._targets is None:
            raise KavenError(
                "database_not_chosen",
                "there is no DATABASE_URL, and no embedded PostgreSQL that is up",
                help="set DATABASE_URL; or, for the embedded one: kaven db up",
                exit_code=ExitCode.WRONG_USE,
            )
        return self._targets

    @cached_property
    def as_application(self) -> Connection:
        """Autocommitting; nothing is set on it, for it may belong to a pool. Raises KavenError as `connect`."""
        url = self.application.url
        plain = {name: value for name, value in url.options.items() if name != "schema"}
        return self._open.enter_context(connect(replace(url, options=plain)))

    @cached_property
    def as_owner(self) -> Connection:
        """Autocommitting and read-only. Raises KavenError as `connect`."""
        connection = self._open.enter_context(connect(self.direct.url))
        if not self.direct.url.through_pgbouncer:
            connection.execute(_PATIENCE)
        return connection

    @property
    def pooler(self) -> DatabaseUrl:
        """PgBouncer's console: as it is given, else with the application's own login."""
        if self.given.pooler:
            return parse_url(self.given.pooler, "--pooler-url")
        return replace(self.application.url, database="pgbouncer", options={})

    @cached_property
    def schema(self) -> str:
        """The merged schema; empty where there is none."""
        from kaven_schema.files import read_source

        return read_source(self.settings.output).text if self.settings.output.is_file() else ""

    @cached_property
    def catalog(self) -> Catalog:
        from kaven_schema.client.tenant.metadata import read_catalog

        return read_catalog(self.schema, cast("Dialect", self.settings.prisma))


def _target(text: str, origin: str) -> Target | None:
    return Target(parse_url(text, origin), origin, is_embedded=False) if text else None


def _embedded(settings: Settings, application: Target | None) -> tuple[Target, Target] | None:
    """The embedded server, if it is up and meant; it is not started to be examined."""
    from kaven_schema.database.embedded.binaries import embedded_available

    if not embedded_available():
        return None
    from kaven_schema.database.embedded import EmbeddedServer

    server = EmbeddedServer(settings.root)
    running = server.running()
    if not (running and running.has_place) or (application and not server.is_mine(application.url)):
        return None
    origin = application.origin if application else "the embedded PostgreSQL"
    urls = application.url if application else server.url(Role.APP), server.url(Role.OWNER)
    return Target(urls[0], origin, is_embedded=True), Target(urls[1], origin, is_embedded=True)
