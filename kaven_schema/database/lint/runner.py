"""The lint at work: migrations in order, each judged against what the ones before it built up."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path

from kaven_schema.database.lint.accepted import AcceptedBreaks, Entry, read_accepted
from kaven_schema.database.lint.applying import apply
from kaven_schema.database.lint.registry import RULES
from kaven_schema.database.lint.rule import Context
from kaven_schema.database.lint.schema import Schema
from kaven_schema.database.lint.script import read_script
from kaven_schema.database.migrations.folder import SCRIPT, Migration
from kaven_schema.diagnostics import Diagnostic, ExitCode, KavenError, Label, Severity
from kaven_schema.files import read_source, shown_path
from kaven_schema.reporting import as_diagnostic
from kaven_schema.source import Source


def lint_folder(path: Path, *, today: date) -> tuple[Diagnostic, ...]:
    """What is wrong in a folder of migrations, or in one migration's folder, after those beside it.

    Raises KavenError `migrations_not_found` (exit 2), `sql_parser_missing` (3).
    """
    is_one = (path / SCRIPT).is_file()
    folder = path.resolve().parent if is_one else path
    migrations, problems = _read(folder)
    scope = (path.resolve().name,) if is_one else None
    accepted = read_accepted(folder)
    found = lint_migrations(migrations, accepted, today=today, scope=scope)
    mine = [problem for name, problem in problems if scope is None or name in scope]
    return (*mine, *found)


def _read(folder: Path) -> tuple[list[Migration], list[tuple[str, Diagnostic]]]:
    """What can be read, and why the rest cannot: one bad file does not hide the others."""
    migrations: list[Migration] = []
    problems: list[tuple[str, Diagnostic]] = []
    for name in _names(folder):
        script = folder / name / SCRIPT
        try:
            source = read_source(script)
        except KavenError as error:
            problems.append((name, as_diagnostic(error)))
            continue
        migrations.append(Migration(name, script, source))
    return migrations, problems


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(one.name for one in entries if one.is_dir() and not one.name.startswith("."))
    except OSError as error:
        raise KavenError(
            "migrations_not_found",
            f"cannot read {shown_path(folder)}: {error.strerror or error}",
            help="name a folder of migrations: kaven migrate lint prisma/migrations",
            exit_code=ExitCode.WRONG_USE,
        ) from None


def lint_migrations(
    migrations: Sequence[Migration],
    accepted: AcceptedBreaks,
    *,
    today: date,
    scope: Collection[str] | None = None,
) -> tuple[Diagnostic, ...]:
    """Judge the migrations that `scope` names, by default all; those before them only build the schema.

    `today` decides which accepted breaks have expired. Raises KavenError `sql_parser_missing` (exit 3).
    """
    schema = Schema()
    names = [migration.name for migration in migrations]
    judged = names if scope is None else scope
    kept: list[Diagnostic] = []
    used: list[Entry] = []
    for migration in migrations:
        for found in _lint(migration, schema):
            accepting = [entry for entry in accepted.entries if entry.accepts(migration.name, found)]
            used += accepting
            if migration.name in judged and not accepting:
                kept.append(found)
    return (*kept, *accepted.judge(used, judged, names, today))


def schemas_after(migrations: Sequence[Migration]) -> Iterator[tuple[Migration, Schema]]:
    """Each migration, and the schema as it leaves it: one object, which the next one changes.

    Raises KavenError `sql_parser_missing` (exit 3).
    """
    schema = Schema()
    for migration in migrations:
        schema.begin_migration()
        for act in read_script(migration.source).acts:
            apply(schema, act, migration.name)
        yield migration, schema


def _lint(migration: Migration, schema: Schema) -> Iterator[Diagnostic]:
    """What is wrong with one migration; `schema` is afterwards as it leaves it."""
    source = migration.source
    if not source.text.strip("\ufeff \t\r\n"):
        yield _empty(source)
        return
    script = read_script(source)
    yield from script.problems
    schema.begin_migration()
    before = schema.enum_values()
    for number, act in enumerate(script.acts):
        context = Context(
            migration=migration.name, schema=schema, enums_before=before, acts=script.acts, number=number
        )
        for rule in RULES:
            if act.verb in rule.verbs or "*" in rule.verbs:
                for finding in rule.check(act, context):
                    labels = (Label(source, act.span),)
                    yield Diagnostic(rule.slug, rule.severity, finding.message, labels, finding.help)
        apply(schema, act, migration.name)


def _empty(source: Source) -> Diagnostic:
    return Diagnostic(
        "migration_empty",
        Severity.ERROR,
        f"{source.path} is empty",
        help="restore it from version control; if it is to do nothing, say so in a comment: -- nothing",
    )
