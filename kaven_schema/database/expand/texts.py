"""What a developer will type into extended, worked out without writing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kaven_schema.diagnostics import Diagnostic, Edit, Fix, Severity
from kaven_schema.files import shown_path, write_atomically
from kaven_schema.pipeline import CompilerOptions, Merged, compile_sources
from kaven_schema.project import Project
from kaven_schema.rules.fixing import apply_fixes
from kaven_schema.source import Source


class PlanRefused(Exception):  # noqa: N818 - it refuses, nothing went wrong
    """What stands in the way, at its place; `edits` are what to type to go on, `then` what to run after that."""

    def __init__(self, *diagnostics: Diagnostic, edits: Edits | None = None, then: str = "") -> None:
        super().__init__("; ".join(found.message for found in diagnostics))
        self.diagnostics = diagnostics
        self.edits = edits
        self.then = then


@dataclass(frozen=True, slots=True)
class Edits:
    """Changes of files of extended, told for people and ready to be made."""

    edits: tuple[Edit, ...]

    def new_texts(self) -> dict[str, str]:
        fix = Fix("", self.edits)
        return apply_fixes([Diagnostic("", Severity.OFF, "", (), "", fix)])

    def shown(self) -> str:
        """As a diff."""
        from difflib import unified_diff

        before = {edit.source.path: edit.source.text for edit in self.edits}
        lines: list[str] = []
        for path, text in self.new_texts().items():
            name = shown_path(Path(path))
            lines += unified_diff(before[path].splitlines(), text.splitlines(), name, name, lineterm="", n=1)
        return "\n".join(lines)

    def write(self, root: Path) -> tuple[Path, ...]:
        written = tuple(self.new_texts().items())
        for path, text in written:
            write_atomically(Path(path), text, root=root)
        return tuple(Path(path) for path, _ in written)


@dataclass(frozen=True, slots=True)
class Texts:
    """The files of a project as they are, or as they would be."""

    base: Source
    extended: tuple[Source, ...]
    options: CompilerOptions

    @classmethod
    def of(cls, project: Project) -> Texts:
        return cls(project.inputs.base, project.inputs.extended, project.options)

    def edited(self, edits: Sequence[Edit]) -> Texts:
        texts = Edits(tuple(edits)).new_texts()
        extended = tuple(Source(one.path, texts.get(one.path, one.text)) for one in self.extended)
        return Texts(self.base, extended, self.options)

    def compile(self) -> Merged:
        """Raises PlanRefused with what is wrong."""
        merged = compile_sources(self.base, self.extended, self.options)
        if not merged.is_valid:
            raise PlanRefused(*(one for one in merged.diagnostics if one.severity is Severity.ERROR))
        return merged
