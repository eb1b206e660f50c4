"""The states of a schema that can be compared, by the names that a command line gives them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

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

if TYPE_CHECKING:
    from kaven_schema.database.partial_indexes.change import Change, Side
    from kaven_schema.syntax.dialect import Dialect

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
    dialect = cast("Dialect", settings.prisma)
    with SchemaEngineSession.start(progress=progress) as engine:
        if any(isinstance(state, Migrations) for state in states):
            assert target is not None
            with shadow_database(settings, target, progress=progress) as shadow:
                yield Comparison(engine, shadow, dialect, settings)
        else:
            yield Comparison(engine, None, dialect, settings)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Asks the engine, and adds what it does not see: partial indexes. Use it inside of `comparing`."""

    engine: SchemaEngineSession
    shadow_url: str | None
    dialect: Dialect
    settings: Settings

    def script(self, before: State, after: State) -> str:
        script = self.engine.script(before, after, shadow_url=self.shadow_url)
        return self._partial_indexes(before, after, script).around(script)

    def difference(self, before: State, after: State) -> Difference:
        summary = self.engine.summary(before, after, shadow_url=self.shadow_url)
        script = self.engine.script(before, after, shadow_url=self.shadow_url) if summary else ""
        change = self._partial_indexes(before, after, script)
        return Difference(summary + change.summary(), change.around(script))

    def _partial_indexes(self, before: State, after: State, script: str) -> Change:
        """The engine has just brought the shadow to the migrations, if one of the states is a folder of them."""
        from kaven_schema.database.partial_indexes.change import (
            PartialIndexRefusedError,
            partial_index_change,
        )

        try:
            return partial_index_change(self._side(before), self._side(after), script)
        except PartialIndexRefusedError as refused:
            from kaven_schema.database.partial_indexes.placing import raise_placed

            raise_placed(refused, self.settings)

    def _side(self, state: State) -> Side:
        from kaven_schema.database.partial_indexes.change import Place
        from kaven_schema.database.partial_indexes.declared import declared_in

        match state:
            case Empty():
                return ()
            case SchemaFiles(files):
                return declared_in(files, self.dialect)
            case Database(url):
                return Place(parse_url(url, "the URL"))
            case Migrations():
                assert self.shadow_url is not None
                return Place(parse_url(self.shadow_url, "the shadow database"), may_change=True)
