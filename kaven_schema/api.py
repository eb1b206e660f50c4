"""The compiler as functions, for programs. The command line calls what lies below, with caches and locks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike, fspath
from pathlib import Path

from kaven_schema.diagnostics import Diagnostic, SchemaError
from kaven_schema.files import read_source, write_atomically
from kaven_schema.pipeline import CompilerOptions, Merged, compile_sources, has_errors
from kaven_schema.source import Source
from kaven_schema.syntax.ast import Schema
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.syntax.document import read_document
from kaven_schema.syntax.printer import format_schema

SchemaFile = str | PathLike[str] | Source


def parse(text: str, *, path: str = "schema.prisma", prisma: Dialect = "5.17") -> Schema:
    """The tree of a schema. Raises SchemaError with every syntax error; `path` is the name they give."""
    document = read_document(Source(path, text), prisma)
    if found := document.diagnostics():
        raise SchemaError(found)
    return document.schema()


def render(schema: Schema) -> str:
    """A tree as text, in the layout of Prisma's own formatter."""
    return format_schema(schema)


def merge(
    base: SchemaFile, extended: Iterable[SchemaFile] = (), *, options: CompilerOptions | None = None
) -> Merged:
    """Base and extended as one schema, in memory. Raises SchemaError where the rules forbid it.

    Files that cannot be read raise KavenError. Warnings are in the result's `diagnostics`.
    """
    merged = _compile(base, extended, options)
    if has_errors(merged.diagnostics):
        raise SchemaError(merged.diagnostics)
    return merged


def check(
    base: SchemaFile, extended: Iterable[SchemaFile] = (), *, options: CompilerOptions | None = None
) -> tuple[Diagnostic, ...]:
    """Every error and warning that our rules have for these files; raises only where a file cannot be read."""
    return _compile(base, extended, options).diagnostics


def compile_schema(
    base: SchemaFile,
    extended: Sequence[SchemaFile],
    output: str | PathLike[str],
    *,
    options: CompilerOptions | None = None,
) -> Merged:
    """`merge`, and the result in the file `output`, which is written as a whole or not at all."""
    merged = merge(base, extended, options=options)
    path = Path(output)
    write_atomically(path, merged.text, root=path.absolute().parent)
    return merged


def _compile(base: SchemaFile, extended: Iterable[SchemaFile], options: CompilerOptions | None) -> Merged:
    sources = [_source(file) for file in extended]
    return compile_sources(_source(base), sources, options or CompilerOptions())


def _source(file: SchemaFile) -> Source:
    return file if isinstance(file, Source) else read_source(Path(fspath(file)))
