"""The generated client of the project, found, imported and connected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from kaven_schema.client.failures import telling
from kaven_schema.client.generated import imported_client
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent

if TYPE_CHECKING:
    from asyncio import Runner

_PATIENCE = timedelta(minutes=10)
"""For one query, which may wait for another seed to end, and for a transaction."""

_START = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Client:
    """A connected client, or a transaction of it: whichever interface it has, called alike and done at once."""

    package: ModuleType
    _prisma: Any
    _runner: Runner

    def first(self, model: str, where: Mapping[str, Any]) -> Any | None:
        return self.call(lambda: self._actions(model).find_first(where=where))

    def create(self, model: str, data: Mapping[str, Any]) -> Any:
        return self.call(lambda: self._actions(model).create(data=data))

    def create_missing(self, model: str, rows: Sequence[Mapping[str, Any]]) -> int:
        """How many were created: those that are there already are left as they are."""
        created = self.call(lambda: self._actions(model).create_many(data=rows, skip_duplicates=True))
        return int(created)

    def select(self, sql: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.call(lambda: self._prisma.query_raw(sql))
        return rows

    def execute(self, sql: str) -> None:
        self.call(lambda: self._prisma.execute_raw(sql))

    def json(self, value: Any) -> Any:
        return self.package.fields.Json(value)

    @contextmanager
    def transaction(self) -> Iterator[Client]:
        """All that is done with the client that it yields, or nothing."""
        manager = self._prisma.tx(max_wait=_PATIENCE, timeout=_PATIENCE)
        inside = Client(self.package, self.call(manager.start), self._runner)
        try:
            yield inside
        except BaseException:
            with suppress(KavenError):  # what went wrong is what is told; PostgreSQL undoes it in any case
                self.call(manager.rollback)
            raise
        self.call(manager.commit)

    def _actions(self, model: str) -> Any:
        """By the model, for the name of the attribute can be set in the schema."""
        wanted = getattr(self.package.models, model)
        for name in type(self._prisma).__slots__:
            actions = getattr(self._prisma, name)
            if actions._model is wanted:  # noqa: SLF001 - it has no other sign of its model
                return actions
        raise AssertionError(f"a client of this schema has no {model}")

    def call(self, work: Callable[[], Any]) -> Any:
        """The result of `work`, waited for. Raises KavenError for what the client raises."""
        from inspect import iscoroutine

        with telling(self.package, failed=_failed, taken=_taken):
            result = work()
            return self._runner.run(result) if iscoroutine(result) else result


@contextmanager
def connected_client(folder: Path, url: DatabaseUrl, *, progress: Progress = silent) -> Iterator[Client]:
    """The client in the folder, connected until the end of the block.

    Raises KavenError `client_not_generated`, `client_import_failed`, `seed_failed`, and what `use_engine` raises.
    """
    import sys
    from asyncio import Runner

    from kaven_schema.client.engine import use_engine

    package = imported_client(folder)
    use_engine(progress=progress)
    options = {"use_dotenv": False, "datasource": {"url": str(url)}, "connect_timeout": _START}
    prisma = package.Prisma(**options, http={"timeout": _PATIENCE.total_seconds(), "trust_env": False})
    with Runner() as runner:
        client = Client(package, prisma, runner)
        try:
            with redirect_stdout(sys.stderr):  # where the engine says what it has to say
                client.call(prisma.connect)
            yield client
        finally:
            with suppress(KavenError):
                client.call(prisma.disconnect)


def _taken(message: str) -> KavenError:
    return KavenError(
        "seed_conflict",
        f"a row that is there already has what one of the seed must have: {message}",
        help="change or remove that row, then seed again; nothing was written",
        exit_code=ExitCode.PROBLEMS,
    )


def _failed(message: str) -> KavenError:
    return KavenError(
        "seed_failed",
        f"the database did not take the data: {message}",
        help="what was under way is undone; set right what the message names, then seed again",
        exit_code=ExitCode.PROBLEMS,
    )
