"""A base and its extended files, compiled as far as the rules need it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.reading import read_facts
from kaven_schema.diagnostics import Diagnostic, Label, Severity
from kaven_schema.merge.pairing import Layers, pair
from kaven_schema.rules.registry import RULES
from kaven_schema.rules.rule import RuleSettings
from kaven_schema.rules.runner import check_block, check_schema, named_kinds
from kaven_schema.source import Source
from kaven_schema.syntax.document import read_document

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Project:
    layers: Layers
    catalog: Catalog
    settings: RuleSettings

    def diagnostics(self, *slugs: str) -> tuple[Diagnostic, ...]:
        """What the named rules find, or all of them."""
        severities = {rule.slug: Severity.OFF for rule in RULES if slugs and rule.slug not in slugs}
        found = list(check_schema(self.catalog, self.settings, severities))
        for entry in self.catalog.entries:
            kinds = named_kinds(entry.facts, self.catalog)
            blocks = check_block(entry, kinds, self.settings, severities)
            assert_inside(entry, blocks)
            found += blocks
        return tuple(sorted(found, key=_order))

    def syntax_errors(self) -> list[str]:
        return [found.message for document in self.layers.documents for found in document.diagnostics()]


def compile_texts(texts: Texts, settings: RuleSettings | None = None) -> Project:
    """`texts` by path; `base.prisma` is the base, the rest is extended."""
    dialect = settings.dialect if settings else "5.17"
    documents = {path: read_document(Source(path, text), dialect) for path, text in texts.items()}
    base = documents.pop("base.prisma")
    layers = pair(base, [documents[path] for path in sorted(documents)])
    catalog = Catalog.of(tuple(Entry(block, read_facts(block)) for block in layers.blocks))
    if settings is None:
        settings = RuleSettings(provider=catalog.provider() or "postgresql")
    return Project(layers, catalog, settings)


def read_case(folder: Path) -> tuple[dict[str, str], RuleSettings | None]:
    """A fixture's files; its `settings.toml` has RuleSettings that differ from the usual ones."""
    files = [folder / "base.prisma", *sorted(folder.glob("extended*.prisma"))]
    texts = {file.name: file.read_bytes().decode() for file in files}
    written = folder / "settings.toml"
    if not written.exists():
        return texts, None
    values: dict[str, Any] = tomllib.loads(written.read_text())
    for name, value in values.items():
        values[name] = tuple(value) if isinstance(value, list) else value
    return texts, RuleSettings(**values)


def assert_inside(entry: Entry, diagnostics: Sequence[Diagnostic]) -> None:
    """A block rule looks at its block alone: its findings are kept with the block."""
    places = [(part.text.source.path, part.text.offset, len(part.text.text)) for part in entry.merged.parts]
    for found in diagnostics:
        touched = [(label.source, label.span) for label in found.labels]
        touched += [(edit.source, edit.span) for edit in found.fix.edits] if found.fix else []
        for source, (start, end) in touched:
            assert any(
                source.path == path and offset <= start <= end <= offset + length
                for path, offset, length in places
            ), f"{found.rule} looks outside {entry.name}"


def shown(found: Diagnostic) -> str:
    """A diagnostic as the fixtures have it: its first label, then the others indented."""
    first, *others = [_place(label) for label in found.labels]
    return "".join([f"{first} {found.rule} {found.severity.value}\n", *(f"  {place}\n" for place in others)])


def _place(label: Label) -> str:
    start, end = label.source.position(label.span.start), label.source.position(label.span.end)
    return f"{label.source.path}:{start.line}:{start.column}-{end.line}:{end.column}"


def _order(found: Diagnostic) -> tuple[str, int, str]:
    return found.labels[0].source.path, found.labels[0].span.start, found.rule
