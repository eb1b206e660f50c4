"""Prisma's own verdict on a merged schema, told at the lines of base and extended that it came from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.diagnostics import Diagnostic, Label, Severity
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.engines.schema_wasm import SchemaEngine
from kaven_schema.source import Source, Span

if TYPE_CHECKING:
    from kaven_schema.engines.schema_wasm import EngineFinding
    from kaven_schema.pipeline import Merged

PRISMA_ACCEPTS = "prisma_accepts"


def official_verdict(
    merged: Merged, output: Path, prisma: str, *, progress: Progress = silent
) -> tuple[Diagnostic, ...]:
    """What Prisma's validator says of `merged.text`. Raises KavenError where the engine cannot be had."""
    engine = SchemaEngine.load(prisma, progress=progress)
    written = Source(str(output), merged.text)
    sources = {document.source.path: document.source for document in merged.layers.documents}
    findings = engine.lint([(output.name, merged.text)])
    return tuple(_diagnostic(found, merged, written, sources) for found in findings)


def _diagnostic(
    found: EngineFinding, merged: Merged, written: Source, sources: dict[str, Source]
) -> Diagnostic:
    message, _, more = found.message.partition("\n")
    return Diagnostic(
        rule=PRISMA_ACCEPTS,
        severity=Severity.WARNING if found.is_warning else Severity.ERROR,
        message=f"Prisma: {message.removeprefix('Error validating: ')}",
        labels=(_label(found, merged, written, sources),),
        help=" ".join(more.split()),
    )


def _label(found: EngineFinding, merged: Merged, written: Source, sources: dict[str, Source]) -> Label:
    """The place in base or extended; a line that the merge itself added is shown in the output."""
    position = written.position(found.start)
    origin = merged.origin_of(position.line)
    if origin is None:
        return Label(written, Span(found.start, found.end))
    source = sources[origin.path]
    start = source.line_starts()[origin.line - 1]
    line = source.line_text(origin.line)
    marked = written.text[found.start : found.end].split("\n")[0]
    inside = _find(line, marked) or _whole(line)
    return Label(source, inside.shifted(start))


def _find(line: str, marked: str) -> Span | None:
    """The same words in the line as it was written, where blanks may differ."""
    words = marked.split()
    if not words:
        return None
    found = re.search(r"\s*".join(re.escape(word) for word in words), line)
    return Span(*found.span()) if found else None


def _whole(line: str) -> Span:
    stripped = line.strip()
    start = line.find(stripped)
    return Span(start, start + max(len(stripped), 1))
