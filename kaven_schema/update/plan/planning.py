"""The whole plan of an update: release after release, each judged against what the one before left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kaven_schema.diagnostics import Diagnostic, SchemaError
from kaven_schema.pipeline import CompilerOptions, Merged, compile_sources, has_errors
from kaven_schema.source import Source
from kaven_schema.syntax.document import Document, read_document
from kaven_schema.update.plan.adopting import Adoption, Conflict, find_overlap
from kaven_schema.update.plan.breaks import Acceptance, Addition, Break, vendor_changes
from kaven_schema.update.plan.compiling import SharedBlocks
from kaven_schema.update.plan.dangling import find_dangling
from kaven_schema.update.plan.judging import (
    adoption_diagnostic,
    break_diagnostics,
    conflict_diagnostic,
    unknown_acceptances,
)
from kaven_schema.update.plan.merged import new_problems
from kaven_schema.update.plan.removing import without_adopted
from kaven_schema.update.release import Release


@dataclass(frozen=True, slots=True)
class State:
    """The sources of a project at one moment. `base` is the exact base of the installed release."""

    base: Source
    extended: tuple[Source, ...]
    options: CompilerOptions

    def compile(self, shared: SharedBlocks) -> Merged:
        return compile_sources(self.base, self.extended, self.options, shared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One release of the way. `touching` are additions to blocks that extended re-opens."""

    release: Release
    additions: tuple[Addition, ...]
    touching: tuple[Addition, ...]
    breaks: tuple[Break, ...]
    adoptions: tuple[Adoption, ...]
    conflicts: tuple[Conflict, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`before` and `after` are the project's sources; `after` is to be written only where `is_clear`."""

    before: State
    after: State
    steps: tuple[Step, ...]
    diagnostics: tuple[Diagnostic, ...]
    text: str

    @property
    def is_clear(self) -> bool:
        return not has_errors(self.diagnostics)

    @property
    def changed_extended(self) -> tuple[Source, ...]:
        return tuple(
            new for old, new in zip(self.before.extended, self.after.extended, strict=True) if old != new
        )


def make_plan(
    state: State, steps: Sequence[Release], accepted: Sequence[Acceptance] = (), *, adopt: bool = False
) -> Plan:
    """Every problem at once, those of a later release too. Raises SchemaError for syntax errors in any file."""
    shared = SharedBlocks()
    before = state.compile(shared)
    _refuse_syntax_errors(before.layers.documents)
    now, taken = state, []
    for release in steps:
        taken.append(_judged(now, release, accepted, adopt=adopt))
        now = replace(now, base=release.base)
    told = [found for step in taken for found in step.diagnostics]
    told += _of_the_whole(before, now.compile(shared), taken)
    text = ""
    if not has_errors(told):
        after = replace(state, base=replace_text(state.base, now.base.text))
        after = replace(after, extended=_adopted(state, steps)) if adopt else after
        merged = after.compile(shared)
        # What stood in the way before still does.
        return Plan(state, after, tuple(taken), (*told, *merged.diagnostics), merged.text)
    return Plan(state, now, tuple(taken), tuple(told), text)


def _of_the_whole(before: Merged, now: Merged, taken: Sequence[Step]) -> tuple[Diagnostic, ...]:
    """Of extended as it stands, so that lines are those of the files: what is adopted counts as told."""
    told = [found for step in taken for found in step.diagnostics]
    told += [adoption_diagnostic(one, step.release) for step in taken for one in step.adoptions]
    paths = frozenset(document.source.path for document in now.layers.documents[1:])
    covered = [block for step in taken for one in step.conflicts for block in one.blocks]
    return new_problems(before.diagnostics, now.diagnostics, told, covered, paths)


def _judged(state: State, release: Release, accepted: Sequence[Acceptance], *, adopt: bool) -> Step:
    old, new, extended = _documents(state, release)
    _refuse_syntax_errors([new])
    changes = vendor_changes(old, new, extended)
    overlap = find_overlap(old, new, extended)
    dangling = find_dangling(old, new, extended, _renamed(changes.breaks))
    diagnostics = [
        *break_diagnostics(changes.breaks, release, accepted),
        *unknown_acceptances(changes.breaks, release, accepted),
        *map(conflict_diagnostic, overlap.conflicts),
        *break_diagnostics(dangling, release, ()),
    ]
    if not adopt:
        diagnostics += [adoption_diagnostic(one, release) for one in overlap.adoptions]
    return Step(
        release=release,
        additions=changes.additions,
        touching=_touching(changes.additions, extended),
        breaks=changes.breaks,
        adoptions=overlap.adoptions,
        conflicts=overlap.conflicts,
        diagnostics=tuple(diagnostics),
    )


def _documents(state: State, release: Release) -> tuple[Document, Document, list[Document]]:
    dialect = state.options.dialect
    extended = [read_document(source, dialect) for source in state.extended]
    return read_document(state.base, dialect), read_document(release.base, dialect), extended


def replace_text(source: Source, text: str) -> Source:
    return Source(source.path, text)


def _adopted(state: State, steps: Sequence[Release]) -> tuple[Source, ...]:
    """Extended without what base takes over, release after release: as single updates would leave it."""
    for release in steps:
        old, new, extended = _documents(state, release)
        by_file: dict[str, list[Adoption]] = {}
        for adoption in find_overlap(old, new, extended).adoptions:
            by_file.setdefault(adoption.part.source.path, []).append(adoption)
        texts = tuple(
            replace_text(source, without_adopted(source, by_file[source.path], str(release.version)))
            if source.path in by_file
            else source
            for source in state.extended
        )
        state = replace(state, base=replace_text(state.base, release.base.text), extended=texts)
    return state.extended


def _touching(additions: Sequence[Addition], extended: Sequence[Document]) -> tuple[Addition, ...]:
    own = {block.name for document in extended for block in document.blocks}
    return tuple(one for one in additions if one.path.partition(".")[0] in own)


def _renamed(breaks: Sequence[Break]) -> dict[str, str]:
    return dict(one.renamed for one in breaks if one.renamed)


def _refuse_syntax_errors(documents: Sequence[Document]) -> None:
    if found := tuple(one for document in documents for one in document.diagnostics()):
        raise SchemaError(found)
