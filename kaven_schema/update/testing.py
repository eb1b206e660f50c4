"""For the vendor: an update tried on many developers' extended schemas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kaven_schema.config import Overrides, load_settings
from kaven_schema.diagnostics import Diagnostic, ExitCode, KavenError, SchemaError
from kaven_schema.files import read_source, shown_path
from kaven_schema.pipeline import CompilerOptions
from kaven_schema.source import Source
from kaven_schema.update.plan import State, make_plan
from kaven_schema.update.release import Release, open_source
from kaven_schema.update.release.catalogue import Catalogue, catalogue_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the update would do to one developer; `adopted` are declarations that would move to base."""

    folder: Path
    fits: bool
    adopted: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def try_release(release: str, after: str | None, folders: Sequence[Path], here: Path) -> tuple[Outcome, ...]:
    """`after` is a source with the release that all stand on, by default the one before in `release`'s own folder.

    Raises KavenError as `open_source` does, and `release_previous_missing`, `extended_not_found` (exit 2).
    """
    target = open_source(release, here).newest()
    known = open_source(after, here) if after else _beside(release, here)
    previous = target.manifest.previous
    found = known.find(previous) if previous else None
    if found is None:
        raise KavenError(
            "release_previous_missing",
            f"{target.version} follows {previous or 'nothing'}, which {known.origin} does not have",
            help="name the release before: --after SOURCE",
            exit_code=ExitCode.WRONG_USE,
        )
    return tuple(_tried(found, target, folder) for folder in folders)


def _beside(release: str, here: Path) -> Catalogue:
    """The releases in the folder in which this one is."""
    path = here / release
    if not path.exists():
        return open_source(release, here)
    own = open_source(release, here)
    beside = open_source(str(path.parent), here).releases if (path / "release.toml").exists() else ()
    others = [one for one in beside if own.find(one.version) is None]
    return catalogue_of(own.origin, [*own.releases, *others])


def _tried(previous: Release, target: Release, folder: Path) -> Outcome:
    options, extended = _extended(folder)
    state = State(Source("schema.base.prisma", previous.base.text), extended, options)
    try:
        plan = make_plan(state, [target], adopt=True)
    except SchemaError as error:
        return Outcome(folder, False, (), error.diagnostics)
    adopted = tuple(one.path for step in plan.steps for one in step.adoptions)
    return Outcome(folder, plan.is_clear, adopted, plan.diagnostics)


def _extended(folder: Path) -> tuple[CompilerOptions, tuple[Source, ...]]:
    """A project's own settings where it has some, else every .prisma file that looks like extended."""
    if not folder.is_dir():
        raise KavenError(
            "extended_not_found",
            f"{shown_path(folder)} is no folder",
            help="name a project, or a folder of extended schemas: --against DIR",
            exit_code=ExitCode.WRONG_USE,
        )
    has_settings = any((folder / name).exists() for name in ("kaven.toml", "pyproject.toml"))
    overrides = None if has_settings else Overrides(extended=(str(folder.absolute()),))
    settings = load_settings(folder, overrides)
    options = CompilerOptions(
        dialect=settings.prisma,  # type: ignore[arg-type]
        severities=settings.rules,
        global_models=settings.global_models,
        python_client=settings.client,
    )
    left_out = {"schema.prisma", "schema.base.prisma"}
    paths = [path for path in settings.extended_files() if path.name not in left_out]
    return options, tuple(read_source(path) for path in paths)
