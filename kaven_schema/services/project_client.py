"""The generated client of a project, connected for one piece of work: what the command line needs of the services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Generic, Protocol, TypeVar

from kaven_schema.client.failures import telling
from kaven_schema.client.generated import imported_client, read_project
from kaven_schema.config import Settings
from kaven_schema.database.embedded.roles import Role
from kaven_schema.database.target import BY_STARTING_IT, check_chosen, find_target
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.services.refresh_tokens.shapes import TokenClient
from kaven_schema.services.secrets.rotation import SecretClient

_ClientT = TypeVar("_ClientT")
_DoneT = TypeVar("_DoneT")
_START = timedelta(minutes=1)
_TABLES = ("users", "refresh_tokens", "spent_refresh_tokens")
_NEEDS = {
    "User": ("twoFactorSerial", "backupCodesSerial"),
    "RefreshToken": ("spent",),
    "SpentRefreshToken": ("token", "sessionId", "expiresAt"),
}
# Where row-level security binds the role, and no policy lets it see, and write, whatever row there is.
_HIDDEN = """\
SELECT name FROM unnest(%s::text[]) AS name, to_regclass(quote_ident(name)) AS found
WHERE found IS NOT NULL AND row_security_active(found) AND (
    EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = found AND NOT polpermissive)
    OR NOT EXISTS (
        SELECT 1 FROM pg_policy WHERE polrelid = found AND polcmd = '*' AND pg_get_expr(polqual, polrelid) = 'true'
            AND EXISTS (SELECT 1 FROM unnest(polroles) AS role WHERE role = 0 OR pg_has_role(role, 'USAGE'))
    )
)"""


class ServiceClient(TokenClient, SecretClient, Protocol):
    """All that the commands for tokens and secrets ask of a client."""


@dataclass(frozen=True, slots=True)
class Connected(Generic[_ClientT]):
    """The project's client, and where it is connected to."""

    client: _ClientT
    url: DatabaseUrl
    package: ModuleType

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Raises KavenError `database_not_migrated`, `services_failed` for what the client raises."""
        with telling(self.package, failed=_failed):
            yield


def with_project_client(
    settings: Settings,
    work: Callable[[ServiceClient], Awaitable[_DoneT]],
    *,
    progress: Progress = silent,
) -> _DoneT:
    """What `work` returns, given the project's client, connected to its database.

    Raises KavenError `database_url_empty`, `database_not_chosen`, `client_not_generated`, `client_import_failed`,
    `client_not_asyncio`, `services_schema_lacks`, `services_rows_hidden`, `database_not_migrated`,
    `services_failed`, and what `find_target`, `connect`, `read_project` and `use_engine` raise.
    """

    async def told(project: Connected[ServiceClient]) -> _DoneT:
        with project.telling():
            return await work(project.client)

    return with_project(settings, told, _TABLES, _NEEDS, progress=progress)


def with_project(
    settings: Settings,
    work: Callable[[Connected[_ClientT]], Awaitable[_DoneT]],
    tables: Sequence[str],
    needs: Mapping[str, Sequence[str]],
    *,
    progress: Progress = silent,
) -> _DoneT:
    """The same for work of another kind: `tables` are those of which it has to see all rows, `needs` are fields."""
    import asyncio

    from kaven_schema.client.engine import use_engine

    check_chosen(settings, otherwise=BY_STARTING_IT)
    package = imported_client(read_project(settings, progress=progress).client)
    _check(package, needs)
    url = _url(settings, tables, progress)
    use_engine(progress=progress)
    with telling(package, failed=_failed):
        return asyncio.run(_run(package, url, work))


async def _run(
    package: ModuleType, url: DatabaseUrl, work: Callable[[Connected[_ClientT]], Awaitable[_DoneT]]
) -> _DoneT:
    import sys

    options = {"use_dotenv": False, "datasource": {"url": str(url)}, "connect_timeout": _START}
    client = package.Prisma(**options)
    with redirect_stdout(sys.stderr):  # where the engine says what it has to say
        await client.connect()
    try:
        return await work(Connected(client, url, package))
    finally:
        await client.disconnect()


def _url(settings: Settings, tables: Sequence[str], progress: Progress) -> DatabaseUrl:
    """Of a role that sees all rows: one that sees none would report that all of them are done."""
    target = find_target(settings, Role.APP, progress=progress)
    hidden = _hidden(target.url, tables)
    if hidden and target.is_embedded:
        target = find_target(settings, Role.SUPER_ADMIN, progress=progress)
        hidden = _hidden(target.url, tables)
    if hidden:
        raise KavenError(
            "services_rows_hidden",
            f"row-level security hides rows from this role, in {', '.join(hidden)}",
            help="set DATABASE_URL to a role that is a member of kaven_super_admin",
        )
    return target.url


def _hidden(url: DatabaseUrl, tables: Sequence[str]) -> tuple[str, ...]:
    """Tables of which the role does not see every row."""
    from kaven_schema.database.connection import connect

    with connect(url) as connection:  # where that fails, our words say why; the engine's would not
        return tuple(str(name) for (name,) in connection.execute(_HIDDEN, [list(tables)]))


def _check(package: ModuleType, needs: Mapping[str, Sequence[str]]) -> None:
    from inspect import iscoroutinefunction

    if not iscoroutinefunction(package.Prisma.connect):
        raise KavenError(
            "client_not_asyncio",
            "the project's client is the blocking one, and the services are asynchronous",
            help='write interface = "asyncio" in the generator block, then: kaven generate',
            exit_code=ExitCode.PROBLEMS,
        )
    lacking = [
        f"{model}.{name}"
        for model, names in needs.items()
        for name in names
        if not _has(package, model, name)
    ]
    if lacking:
        raise KavenError(
            "services_schema_lacks",
            f"the schema lacks what the services need: {', '.join(lacking)}",
            help="add it to the schema: kaven services init; then: kaven migrate dev",
            exit_code=ExitCode.PROBLEMS,
        )


def _has(package: ModuleType, model: str, field: str) -> bool:
    return field in getattr(getattr(package.models, model, None), "model_fields", ())


def _failed(message: str) -> KavenError:
    return KavenError(
        "services_failed",
        f"the database did not do it: {message}",
        help="set right what the message names, then run it again: what was done is done",
        exit_code=ExitCode.PROBLEMS,
    )
