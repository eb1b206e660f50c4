"""For the vendor: a release from a base and the release before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.catalog.reading import read_facts
from kaven_schema.database.migrations.folder import check_title
from kaven_schema.diagnostics import Diagnostic, ExitCode, KavenError, SchemaError, Severity
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.merge.pairing import Layer, MergedBlock, Part
from kaven_schema.pipeline import CompilerOptions, compile_sources, has_errors
from kaven_schema.source import Source
from kaven_schema.syntax.ast import BlockKind
from kaven_schema.syntax.document import read_document
from kaven_schema.update.base_sql import only_base
from kaven_schema.update.plan.breaks import Addition, Break, VendorChanges, vendor_changes
from kaven_schema.update.plan.data_migration import refusal
from kaven_schema.update.plan.rules import RULE_OF
from kaven_schema.update.release import DataMigration, Manifest, Release, ReleaseMigration, Version
from kaven_schema.update.release.packing import pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the vendor says of the release to be. `data` are scripts of his own, by title, that replace the one made.

    `reference` are extended files that define what base names and lacks.
    """

    name: str
    version: Version
    day: date
    base: Source
    previous: Release | None = None
    notes: str = ""
    title: str = ""
    data: str = ""
    reference: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """`tree` are the files, empty where `diagnostics` holds an error."""

    tree: dict[str, bytes]
    changes: VendorChanges
    diagnostics: tuple[Diagnostic, ...]

    @property
    def is_clear(self) -> bool:
        return not has_errors(self.diagnostics)


def build_release(draft: Draft, options: CompilerOptions, *, progress: Progress = silent) -> Built:
    """Class every change, write migration, hashes, notes and changelog.

    Raises SchemaError where base and reference do not compile, KavenError `version_not_newer` and
    `migration_name_invalid`, and as the schema engine does.
    """
    _check_version(draft)
    old = draft.previous.base if draft.previous else Source("nothing", "")
    documents = [read_document(source, options.dialect) for source in (old, draft.base, *draft.reference)]
    if found := tuple(one for document in documents for one in document.diagnostics()):
        raise SchemaError(found)
    changes = (
        vendor_changes(documents[0], documents[1], documents[2:]) if draft.previous else VendorChanges((), ())
    )
    diagnostics = tuple(_judged(changes.breaks, draft))
    if has_errors(diagnostics):
        return Built({}, changes, diagnostics)
    sql = draft.data or _made_sql(draft, old, options, progress)
    title = draft.title or (
        "init" if draft.previous is None else f"to_{draft.version}".replace(".", "_").lower()
    )
    check_title(title)
    name = f"{draft.day:%Y%m%d}000000_kaven_{title}"
    manifest = Manifest(
        name=draft.name,
        version=draft.version,
        date=draft.day,
        notes=draft.notes,
        previous=draft.previous.version if draft.previous else None,
        breaks=tuple(DataMigration(one.rule, one.path, name) for one in _real(changes.breaks)),
    )
    migrations = [ReleaseMigration(name, title, sql)] if sql else []
    changelog = {"CHANGELOG.md": changelog_text(manifest, changes)}
    return Built(pack(manifest, draft.base.text, migrations, changelog), changes, diagnostics)


def _check_version(draft: Draft) -> None:
    if draft.previous and not draft.previous.version < draft.version:
        raise KavenError(
            "version_not_newer",
            f"{draft.version} is not newer than {draft.previous.version}, which it is to follow",
            help="give it a higher version: --version",
            exit_code=ExitCode.WRONG_USE,
        )


def _real(breaks: Sequence[Break]) -> list[Break]:
    return [one for one in breaks if RULE_OF[one.rule].severity is Severity.ERROR]


def _judged(breaks: Sequence[Break], draft: Draft) -> Iterator[Diagnostic]:
    """A break takes a major version and a migration of the data; then it is a warning."""
    for one in breaks:
        yield _judge(one, draft)


def _judge(one: Break, draft: Draft) -> Diagnostic:
    assert draft.previous is not None
    if RULE_OF[one.rule].severity is Severity.WARNING:
        return Diagnostic(one.rule, Severity.WARNING, one.message, one.labels, "see that rows can fit")
    if draft.version.major <= draft.previous.version.major:
        help_line = f"make it {draft.previous.version.major + 1}.0.0, or add beside what there is instead"
    elif not draft.data:
        help_line = "give the migration of the data: --data-migration FILE"
    elif refused := refusal(one.rule, draft.data):
        help_line = f"of the migration of the data: {refused}"
    else:
        return Diagnostic(
            one.rule, Severity.WARNING, one.message, one.labels, "every developer has to accept it"
        )
    return Diagnostic(one.rule, Severity.ERROR, one.message, one.labels, help_line)


def _made_sql(draft: Draft, old: Source, options: CompilerOptions, progress: Progress) -> str:
    from kaven_schema.engines.schema_engine import Empty, SchemaEngineSession, SchemaFiles

    merged = [_whole(base, draft.reference, options) for base in ([old] if draft.previous else [])]
    after = _whole(draft.base, draft.reference, options)
    states = [SchemaFiles([("schema.prisma", text)]) for text in (*merged, after)]
    with SchemaEngineSession.start(progress=progress) as engine:
        if draft.previous:
            return engine.script(*states)
        sql = engine.script(Empty(), states[0])
    return only_base(sql, _columns(draft.base)) if draft.reference else sql


def _columns(base: Source) -> dict[str, frozenset[str]]:
    """The stored columns of base's own models, by table; what only the reference defines is each developer's."""
    parts = [MergedBlock((Part(Layer.BASE, text),)) for text in read_document(base).blocks]
    names = {part.name for part in parts if part.kind is not BlockKind.ENUM}
    return {
        facts.table: frozenset(
            field.column for field in facts.fields if field.type not in names and not _is_relation(field)
        )
        for facts in map(read_facts, parts)
    }


def _is_relation(field: FieldFacts) -> bool:
    return field.relation is not None


def _whole(base: Source, reference: Sequence[Source], options: CompilerOptions) -> str:
    merged = compile_sources(base, reference, options)
    if not merged.text:
        raise SchemaError(merged.diagnostics)
    return merged.text


def changelog_text(manifest: Manifest, changes: VendorChanges) -> str:
    lines = [f"# {manifest.name} {manifest.version}", "", f"{manifest.date}", ""]
    lines += [manifest.notes.strip(), ""] if manifest.notes.strip() else []
    added = [one for one in changes.additions if one.kind != "documentation_changed"]
    lines += _section("Added", [_addition(one) for one in added])
    lines += _section("Breaking", [one.message for one in _real(changes.breaks)])
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(title: str, items: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *(f"- {item}" for item in items), ""] if items else []


def _addition(one: Addition) -> str:
    return f"{one.kind.replace('_', ' ').removesuffix(' added')} `{one.path}`: {one.message}"


def previous_release(path: str, folder: Path) -> Release:
    """The newest release of a source, which the next one follows."""
    from kaven_schema.update.release import open_source

    return open_source(path, folder).releases[-1]
