"""The states of a schema that can be compared, by the names that a command line gives them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kaven_schema.config import Settings
from kaven_schema.database.migrations.shadow import shadow_database
from kaven_schema.database.target import Target
from kaven_schema.database.url import parse_url
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.engines.schema_engine import (
    Database,
    Empty,
    Migrations,
    SchemaEngineSession,
    SchemaFiles,
    State,
)
from kaven_schema.files import read_source
from kaven_schema.source import Source

NAMES = ("empty", "schema", "migrations", "database")


@dataclass(frozen=True, slots=True)
class Difference:
    """How one state leads to another: for people, and as SQL; both empty where they are the same."""

    summary: str
    script: str


def schema_state(source: Source) -> SchemaFiles:
    return SchemaFiles([(source.path, source.text)])


def named_state(name: str, settings: Settings, target: Target | None) -> State:
    """`empty`, `schema`, `migrations`, `database`, a URL, a `.prisma` file or a folder of migrations.

    Raises KavenError `state_unknown`, `file_not_found`.
    """
    if name == "empty":
        return Empty()
    if name == "database" and target:
        return Database(str(target.url))
    if "://" in name:
        return Database(str(parse_url(name, "the URL")))
    places = {"schema": settings.output, "migrations": settings.output.parent / "migrations"}
    path = places.get(name, Path(name))
    if name == "migrations" or path.is_dir():
        return Migrations(path.absolute())
    if name == "schema" or path.suffix == ".prisma":
        return schema_state(read_source(path, on_command_line=True))
    raise KavenError(
        "state_unknown",
        f"{name} is nothing that can be compared",
        help=f"name one of {', '.join(NAMES)}, a URL, a .prisma file or a folder of migrations",
        exit_code=ExitCode.WRONG_USE,
    )


@contextmanager
def comparing(
    settings: Settings, target: Target | None, states: Sequence[State], *, progress: Progress = silent
) -> Iterator[Comparison]:
    """An engine, with a database to try migrations in if one of the states is a folder of them."""
    with SchemaEngineSession.start(progress=progress) as engine:
        if any(isinstance(state, Migrations) for state in states):
            assert target is not None
            with shadow_database(settings, target, progress=progress) as shadow:
                yield Comparison(engine, shadow)
        else:
            yield Comparison(engine, None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Asks the engine; use it inside of `comparing`."""

    engine: SchemaEngineSession
    shadow_url: str | None

    def script(self, before: State, after: State) -> str:
        return self.engine.script(before, after, shadow_url=self.shadow_url)

    def difference(self, before: State, after: State) -> Difference:
        summary = self.engine.summary(before, after, shadow_url=self.shadow_url)
        return Difference(summary, self.script(before, after) if summary else "")
