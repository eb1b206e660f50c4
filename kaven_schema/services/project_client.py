"""The generated client of a project, connected for one piece of work: what the command line needs of the services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import redirect_stdout
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Protocol, TypeVar

from kaven_schema.client.failures import telling
from kaven_schema.client.generated import imported_client, read_project
from kaven_schema.config import Settings
from kaven_schema.database.embedded.roles import Role
from kaven_schema.database.target import find_target
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.services.refresh_tokens.shapes import TokenClient
from kaven_schema.services.secrets.rotation import SecretClient

if TYPE_CHECKING:
    from psycopg import Connection

_DoneT = TypeVar("_DoneT")
_START = timedelta(minutes=1)
_TABLES = ("users", "refresh_tokens", "spent_refresh_tokens")
_NEEDS = {
    "User": ("twoFactorSerial", "backupCodesSerial"),
    "RefreshToken": ("spent",),
    "SpentRefreshToken": ("token", "sessionId", "expiresAt"),
}


class ServiceClient(TokenClient, SecretClient, Protocol):
    """All that the commands ask of a client."""


def with_project_client(
    settings: Settings,
    work: Callable[[ServiceClient], Awaitable[_DoneT]],
    *,
    progress: Progress = silent,
) -> _DoneT:
    """What `work` returns, given the project's client, connected to its database.

    Raises KavenError `client_not_generated`, `client_import_failed`, `client_not_asyncio`,
    `services_schema_lacks`, `services_rows_hidden`, `database_not_migrated`, `services_failed`, and what
    `find_target`, `connect`, `read_project` and `use_engine` raise.
    """
    import asyncio

    from kaven_schema.client.engine import use_engine
    from kaven_schema.database.connection import connect

    target = find_target(settings, Role.APP, progress=progress)
    package = imported_client(read_project(settings, progress=progress).client)
    _check(package)
    with connect(target.url) as connection:  # where that fails, our words say why; the engine's would not
        _check_visible(connection)
    use_engine(progress=progress)
    with telling(package, failed=_failed):
        return asyncio.run(_run(package, target.url, work))


async def _run(
    package: ModuleType, url: DatabaseUrl, work: Callable[[ServiceClient], Awaitable[_DoneT]]
) -> _DoneT:
    import sys

    options = {"use_dotenv": False, "datasource": {"url": str(url)}, "connect_timeout": _START}
    client = package.Prisma(**options)
    with redirect_stdout(sys.stderr):  # where the engine says what it has to say
        await client.connect()
    try:
        return await work(client)
    finally:
        await client.disconnect()


def _check(package: ModuleType) -> None:
    from inspect import iscoroutinefunction

    if not iscoroutinefunction(package.Prisma.connect):
        raise KavenError(
            "client_not_asyncio",
            "the project's client is the blocking one, and the services are asynchronous",
            help='write interface = "asyncio" in the generator block, then: kaven generate',
            exit_code=ExitCode.PROBLEMS,
        )
    lacking = [f"{model}.{name}" for model, name in _needed() if not _has(package, model, name)]
    if lacking:
        raise KavenError(
            "services_schema_lacks",
            f"the schema lacks what the services need: {', '.join(lacking)}",
            help="add services.extended.prisma to `extended`, then: kaven migrate dev",
            exit_code=ExitCode.PROBLEMS,
        )


def _check_visible(connection: Connection) -> None:
    """A role that sees no row would report that all of them are done."""
    tables = list(_TABLES)
    found = connection.execute(
        "SELECT table_name FROM unnest(%s::text[]) table_name"
        " WHERE to_regclass(table_name) IS NOT NULL AND row_security_active(to_regclass(table_name))",
        [tables],
    )
    hidden = [str(name) for (name,) in found]
    if hidden:
        raise KavenError(
            "services_rows_hidden",
            f"row-level security hides rows from this role, in {', '.join(hidden)}",
            help="set DATABASE_URL to a role that sees and may write every row (BYPASSRLS)",
        )


def _needed() -> Iterator[tuple[str, str]]:
    for model, names in _NEEDS.items():
        for name in names:
            yield model, name


def _has(package: ModuleType, model: str, field: str) -> bool:
    return field in getattr(getattr(package.models, model, None), "model_fields", ())


def _failed(message: str) -> KavenError:
    return KavenError(
        "services_failed",
        f"the database did not do it: {message}",
        help="set right what the message names, then run it again: what was done is done",
        exit_code=ExitCode.PROBLEMS,
    )
