"""Writing the next migration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kaven_schema.database.migrations.deploy import (
    DRIFTED,
    Deployment,
    DeployOptions,
    Judge,
    deploy,
    look,
    unjudged,
)
from kaven_schema.database.migrations.folder import (
    Migration,
    MigrationsFolder,
    check_title,
    read_folder,
    write_migration,
)
from kaven_schema.database.migrations.states import Comparison, comparing, schema_state
from kaven_schema.database.target import Target
from kaven_schema.diagnostics import Diagnostic, Severity
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.engines.schema_engine import Database, Empty, Migrations, SchemaEngineError, SchemaFiles
from kaven_schema.project import Project
from kaven_schema.source import Source

_NOTHING = "-- nothing yet: write SQL here, then run `kaven migrate dev` again\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class DevOptions:
    """`owner` is whose change it is, `create_only` leaves it unapplied for its author to edit."""

    title: str
    owner: str
    create_only: bool


@dataclass(frozen=True, slots=True)
class DevRun:
    """The migrations that were written, what was applied, and why the rest was not."""

    written: tuple[Migration, ...]
    deployment: Deployment
    drift: str = ""


def develop(
    project: Project,
    target: Target,
    options: DevOptions,
    *,
    judge: Judge = unjudged,
    progress: Progress = silent,
    notify: Callable[[str], None] = lambda _: None,
) -> DevRun:
    """Apply what is pending, then write and apply the migration that leads to the merged schema.

    One in which `judge` finds an error stays written, and is not applied. The output of `project` must be up
    to date. Raises KavenError `migration_name_invalid`, and as `deploy`, `judge` and the schema engine do.
    """
    check_title(options.title)
    path = project.output.parent / "migrations"
    folder = read_folder(path)
    before = DeployOptions(allow_drift=True)
    applied = deploy(target.url, folder, before, judge=judge, progress=progress, notify=notify)
    if any(found.severity is Severity.ERROR for found in applied.diagnostics):
        return DevRun((), applied)
    with comparing(project.settings, target, (Migrations(path),), progress=progress) as comparison:
        drift = comparison.difference(Migrations(path), Database(str(target.url)))
        if drift.summary:
            return DevRun((), Deployment(applied.applied, (_drifted(),)), drift.summary)
        written = _write(project, folder, options, comparison)
    found = tuple(problem for problem in applied.diagnostics if problem.rule != DRIFTED)
    if not written:
        return DevRun((), Deployment(applied.applied, found))
    now = read_folder(path)
    if options.create_only:
        found += judge(look(target.url, now).history)
        return DevRun(written, Deployment(applied.applied, found))
    # What drifted was compared above, and is nothing that the schema speaks of.
    rest = deploy(target.url, now, before, judge=judge, progress=progress, notify=notify)
    done = (*applied.applied, *rest.applied)
    told = tuple(map(_beside_the_schema, rest.diagnostics))
    return DevRun(written, Deployment(done, found + told, rest.drift))


def _write(
    project: Project, folder: MigrationsFolder, options: DevOptions, comparison: Comparison
) -> tuple[Migration, ...]:
    schema = schema_state(Source(project.output.name, project.written() or ""))
    root = project.settings.root
    written: list[Migration] = []
    if not folder.migrations and (vendor := _base_alone(project, comparison)):
        base_sql, base = vendor
        written.append(write_migration(folder, "kaven", "init", base_sql, root=root))
        rest = comparison.script(base, schema)
        title = "extended" if options.title == "init" else options.title
    else:
        rest, title = comparison.script(Migrations(folder.path), schema), options.title
    if rest or (options.create_only and not written):
        now = read_folder(folder.path)
        written.append(write_migration(now, options.owner, title, rest or _NOTHING, root=root))
    return tuple(written)


def _base_alone(project: Project, comparison: Comparison) -> tuple[str, SchemaFiles] | None:
    """The vendor's part of the first migration; None where base does not stand on its own."""
    from kaven_schema.pipeline import compile_sources

    if not project.inputs.extended:
        return None
    merged = compile_sources(project.inputs.base, (), project.options)
    if not merged.is_valid:
        return None
    state = schema_state(Source(project.inputs.base.path, merged.text))
    try:
        return comparison.script(Empty(), state), state
    except SchemaEngineError:
        return None


def _beside_the_schema(problem: Diagnostic) -> Diagnostic:
    if problem.rule != DRIFTED:
        return problem
    return problem._replace(help="other databases go without it: put it into a migration, or undo it")


def _drifted() -> Diagnostic:
    return Diagnostic(
        rule=DRIFTED,
        severity=Severity.ERROR,
        message="the database is not what its migrations give",
        help="undo the change in the database; or start anew: kaven db reset --yes && kaven migrate dev",
    )
