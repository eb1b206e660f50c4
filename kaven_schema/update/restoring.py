"""Base as it was released; what had been added to it by hand, and extended may say, goes to extended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, cast

from kaven_schema.config import Settings
from kaven_schema.diagnostics import Diagnostic, ExitCode, KavenError, SchemaError, Severity
from kaven_schema.files import project_lock, read_source, shown_path, state_folder, write_atomically
from kaven_schema.pipeline import compile_sources, has_errors
from kaven_schema.project import Project
from kaven_schema.source import Source
from kaven_schema.syntax.ast import Comment
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.document import BlockText, Document, read_document
from kaven_schema.update.journal import FileChange, begin
from kaven_schema.update.kept import kept_base_path
from kaven_schema.update.lock import Lock, lock_path, lock_text
from kaven_schema.update.plan.adopting import Declaration, block_key, declarations, declared_name
from kaven_schema.update.plan.breaks import vendor_changes
from kaven_schema.update.release.release import text_digest


class Piece(NamedTuple):
    """Something that was added to base: a whole block, or lines for one, with their comments."""

    path: str
    head: str
    text: str


@dataclass(frozen=True, slots=True)
class Restoration:
    """`moved` are the paths of what goes to extended, `dropped` of what only the vendor may change.

    `frees_client`: a generator's `output` is dropped, without which its client goes into the Python environment.
    """

    project: Project
    changes: tuple[FileChange, ...]
    moved: tuple[str, ...]
    dropped: tuple[str, ...]
    frees_client: bool
    diagnostics: tuple[Diagnostic, ...]

    @property
    def is_clear(self) -> bool:
        return not has_errors(self.diagnostics)


def plan_restoration(settings: Settings, lock: Lock, shipped: Source) -> Restoration:
    """Changes nothing. Raises SchemaError where a line that was edited cannot be read."""
    project = Project(settings)
    dialect = cast("Dialect", settings.prisma)
    edited = read_document(project.inputs.base, dialect)
    if found := edited.diagnostics():
        raise SchemaError(found)
    released = read_document(Source(project.inputs.base.path, shipped.text), dialect)
    pieces = list(_pieces(released, edited))
    extended, kept, diagnostics = _moved(project, released.source, pieces)
    broken = [one.path for one in vendor_changes(released, edited).breaks]
    left = [piece for piece in pieces if piece not in kept]
    texts = {Path(source.path).absolute(): source.text for source in extended}
    texts |= {settings.base: shipped.text, lock_path(settings.root): lock_text(lock)}
    texts[kept_base_path(settings, lock.release)] = shipped.text
    merged = compile_sources(released.source, extended, project.options)
    if merged.text:
        texts[settings.output] = merged.text
    return Restoration(
        project=project,
        changes=tuple(FileChange(path, _current(path), text) for path, text in texts.items()),
        moved=tuple(piece.path for piece in kept),
        dropped=tuple(dict.fromkeys((*broken, *(piece.path for piece in left)))),
        frees_client=any(
            piece.head.startswith("generator ") and piece.path.endswith(".output") for piece in left
        ),
        diagnostics=diagnostics,
    )


def apply_restoration(restoration: Restoration, generate: Callable[[], None]) -> Path | None:
    """All together or nothing. The base that was edited is kept in .kaven/kept: comments of it go nowhere else."""
    settings = restoration.project.settings
    with project_lock(settings.root):
        kept = _keep(restoration, settings)
        journal = begin(settings.root, "the restoring of base", restoration.changes, client=True)
        try:
            journal.finish()
            generate()
        except BaseException:
            journal.undo()
            raise
        journal.close()
    return kept


def _keep(restoration: Restoration, settings: Settings) -> Path | None:
    """Under a name of its own for each text; None where base is not changed."""
    edited = restoration.project.inputs.base.text
    if not any(one.path == settings.base and one.is_change for one in restoration.changes):
        return None
    kept = state_folder(settings.root) / "kept" / f"{settings.base.name}.{text_digest(edited)[:8]}"
    kept.parent.mkdir(exist_ok=True)
    write_atomically(kept, edited, root=settings.root)
    return kept


def _pieces(released: Document, edited: Document) -> Iterator[Piece]:
    before = {block_key(block): block for block in released.blocks}
    for block in edited.blocks:
        old = before.get(block_key(block))
        if old is None:
            text = _comments_above(block) + block.text.rstrip("\r\n") + "\n"
            yield Piece(block.name, "", text)
            continue
        known = {declared_name(line) for line in declarations(old.block)}
        for number, line in enumerate(block.block.members):
            if isinstance(line, Declaration) and declared_name(line) not in known:
                path = f"{block.name}.{declared_name(line)}"
                yield Piece(path, f"{block.kind.value} {block.name}", _lines(block, number))


def _comments_above(block: BlockText) -> str:
    lines = block.source.text[: block.offset].splitlines(keepends=True)
    found: list[str] = []
    while lines and lines[-1].lstrip().startswith("//"):
        found.insert(0, lines.pop())
    return "".join(found)


def _lines(block: BlockText, number: int) -> str:
    """A member's own lines, with the comments right above it."""
    members = block.block.members
    first = number
    while first and isinstance(members[first - 1], Comment):
        first -= 1
    start = block.text.rfind("\n", 0, members[first].span.start) + 1
    comment = getattr(members[number], "comment", None)
    end = max(members[number].span.end, comment.span.end if comment else 0)
    line_end = block.text.find("\n", end)
    return block.text[start : line_end if line_end >= 0 else end].rstrip("\r") + "\n"


# --- into extended --------------------------------------------------------------------------------------


def _moved(
    project: Project, base: Source, pieces: Sequence[Piece]
) -> tuple[tuple[Source, ...], list[Piece], tuple[Diagnostic, ...]]:
    """Extended with as many pieces as it may say: they may need each other, so those that errors name go first."""
    extended = project.inputs.extended
    known = {(one.rule, one.message) for one in _errors(project, base, extended)}
    kept = list(pieces) if extended else []
    while True:
        result = with_pieces(extended, kept, project)
        new = [one for one in _errors(project, base, result) if (one.rule, one.message) not in known]
        if not new or not kept:
            return result, kept, compile_sources(base, result, project.options).diagnostics
        wrong = [piece for piece in kept if any(_is_about(one, piece) for one in new)]
        kept = [piece for piece in kept if piece not in (wrong or kept)]


def _errors(project: Project, base: Source, extended: Sequence[Source]) -> list[Diagnostic]:
    found = compile_sources(base, extended, project.options).diagnostics
    return [one for one in found if one.severity is Severity.ERROR]


def _is_about(found: Diagnostic, piece: Piece) -> bool:
    """Whether the error's own place lies in the piece, as it now stands in extended."""
    label = found.labels[0] if found.labels else None
    start = label.source.text.find(piece.text) if label else -1
    return label is not None and start >= 0 and start <= label.span.start < start + len(piece.text)


def with_pieces(extended: Sequence[Source], pieces: Sequence[Piece], project: Project) -> tuple[Source, ...]:
    """Each piece in the block that re-opens what it belongs to, or in a new one at the end of the first file."""
    sources = list(extended)
    for piece in pieces:
        number, text = _inserted(sources, piece, project.options.dialect)
        sources[number] = Source(sources[number].path, text)
    return tuple(sources)


def _inserted(sources: Sequence[Source], piece: Piece, dialect: Dialect) -> tuple[int, str]:
    for number, source in enumerate(sources):
        for block in read_document(source, dialect).blocks:
            if piece.head and f"{block.kind.value} {block.name}" == piece.head:
                place = block.offset + block.text.rindex("}")
                place = source.text.rfind("\n", 0, place) + 1
                return number, source.text[:place] + piece.text + source.text[place:]
    text = sources[0].text
    gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
    written = f"{piece.head} {{\n{piece.text}}}\n" if piece.head else piece.text
    return 0, f"{text}{gap}{written}"


def nothing_to_restore(settings: Settings) -> KavenError:
    return KavenError(
        "release_unknown",
        f"which release {shown_path(settings.base)} was made from is not known: there is no kaven.lock",
        help="name it: kaven update --restore-base --to VERSION",
        exit_code=ExitCode.WRONG_USE,
    )


def _current(path: Path) -> str | None:
    return read_source(path).text if path.exists() else None
