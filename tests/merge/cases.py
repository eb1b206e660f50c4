"""Merges as folders: tests/fixtures/merge/<case>/ with base.prisma, extended.prisma or extended/*.prisma."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kaven_schema.cache.blocks import BlockCache
from kaven_schema.pipeline import CompilerOptions, Merged, compile_sources
from kaven_schema.source import Source
from kaven_schema.syntax.dialect import Dialect

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "merge"


@dataclass(frozen=True)
class Case:
    """One folder; its files bear the names that they have in a project. `<name>@6` is of Prisma 6."""

    name: str

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def dialect(self) -> Dialect:
        return "6" if self.name.endswith("@6") else "5.17"

    @cached_property
    def base(self) -> Source:
        return self._source("base.prisma", "prisma/schema.base.prisma")

    @cached_property
    def extended(self) -> tuple[Source, ...]:
        if (self.folder / "extended.prisma").exists():
            return (self._source("extended.prisma", "prisma/schema.extended.prisma"),)
        files = sorted(
            path.relative_to(self.folder).as_posix() for path in self.folder.glob("extended/**/*.prisma")
        )
        return tuple(self._source(file, f"prisma/{file}") for file in files)

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.base, *self.extended)

    def compile(self, cache: BlockCache | None = None) -> Merged:
        return compile_sources(self.base, self.extended, CompilerOptions(dialect=self.dialect), cache)

    def _source(self, file: str, path: str) -> Source:
        return Source(path, (self.folder / file).read_bytes().decode())


CASES = [Case(path.name) for path in sorted(FOLDER.iterdir())]
