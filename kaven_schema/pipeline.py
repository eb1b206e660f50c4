"""The whole compiler on one page: read, parse, pair, merge, check, render, prove, write.

Nothing heavy is imported before it is needed: a run that finds nothing changed reads the files, compares digests and
is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from kaven_schema.diagnostics import Diagnostic, Severity
from kaven_schema.source import Source

if TYPE_CHECKING:
    from kaven_schema.cache.blocks import BlockCache, CompiledBlock
    from kaven_schema.catalog.catalog import Catalog
    from kaven_schema.merge.merger import IsRelation
    from kaven_schema.merge.pairing import Layers, MergedBlock
    from kaven_schema.render.layout import Chunk, Origin
    from kaven_schema.rules.rule import RuleSettings
    from kaven_schema.syntax.ast import BlockKind
    from kaven_schema.syntax.dialect import Dialect


class CompilerOptions(NamedTuple):
    """What the result depends on beside the texts. `output` is the path that the header names."""

    dialect: Dialect = "5.17"
    severities: Mapping[str, Severity] = MappingProxyType({})
    global_models: tuple[str, ...] = ()
    python_client: bool = True
    output: str = "prisma/schema.prisma"


@dataclass(frozen=True)
class Merged:
    """The result of a merge. `text` is empty where an error stands in the way."""

    layers: Layers
    catalog: Catalog
    diagnostics: tuple[Diagnostic, ...]
    text: str
    chunks: tuple[Chunk, ...]

    @property
    def is_valid(self) -> bool:
        return not has_errors(self.diagnostics)

    @cached_property
    def origins(self) -> tuple[Origin | None, ...]:
        """For every line of `text` the file and line it came from; None for what the merge itself adds."""
        from kaven_schema.render.blocks import line_places
        from kaven_schema.render.file import body_start
        from kaven_schema.render.layout import line_origins

        is_relation = _relation_test(self.catalog.kind_of)
        places = line_origins(self.chunks, lambda block: line_places(block, is_relation))
        return (*[None] * body_start(self.text), *places)

    def origin_of(self, line: int) -> Origin | None:
        """`line` is counted from 1."""
        return self.origins[line - 1] if 0 < line <= len(self.origins) else None


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(found.severity is Severity.ERROR for found in diagnostics)


def compile_sources(
    base: Source, extended: Sequence[Source], options: CompilerOptions, cache: BlockCache | None = None
) -> Merged:
    """Merge one base and any number of extended files, and judge the result."""
    from kaven_schema.cache.blocks import BlockCache
    from kaven_schema.catalog.catalog import Catalog, Entry
    from kaven_schema.merge.pairing import pair
    from kaven_schema.syntax.document import read_document
    from kaven_schema.syntax.parser import parser_for

    cache = cache or BlockCache(None, "")
    cache.recall_attributes(parser_for(options.dialect))
    layers = pair(
        read_document(base, options.dialect), [read_document(source, options.dialect) for source in extended]
    )
    settings = _rule_settings(layers, options)
    cache.depends_on(repr(settings))
    kinds = _kinds(layers)
    compiled = [_compiled(block, kinds, settings, options, cache) for block in layers.blocks]
    catalog = Catalog.of(tuple(Entry(found.rendered.merged, found.facts) for found in compiled))
    diagnostics = _all_diagnostics(layers, compiled, catalog, settings, options)
    chunks: tuple[Chunk, ...] = ()
    text = ""
    if not has_errors(diagnostics):
        chunks = _chunks(layers, compiled)
        text = _text(base, extended, chunks, options, cache)
        diagnostics += _proof(base, text, options.dialect)
    cache.save()
    return Merged(layers, catalog, diagnostics, "" if has_errors(diagnostics) else text, chunks)


def _rule_settings(layers: Layers, options: CompilerOptions) -> RuleSettings:
    from kaven_schema.rules.python_client.generators import may_be_python
    from kaven_schema.rules.rule import RuleSettings
    from kaven_schema.syntax.ast import BlockKind

    datasources = _providers(layers, BlockKind.DATASOURCE)
    generators = _providers(layers, BlockKind.GENERATOR)
    return RuleSettings(
        dialect=options.dialect,
        provider=datasources[0] if datasources else "",
        global_models=options.global_models,
        python_client=options.python_client and any(map(may_be_python, generators)),
    )


def _providers(layers: Layers, kind: BlockKind) -> list[str]:
    from kaven_schema.catalog.reading import text_of

    blocks = [block.parts[0].block for block in layers.blocks if block.kind is kind]
    return [text_of(line.value) for block in blocks for line in block.properties if line.name == "provider"]


def _kinds(layers: Layers) -> dict[str, BlockKind]:
    from kaven_schema.catalog.catalog import is_config

    return {block.name: block.kind for block in layers.blocks if not is_config(block.kind)}


def _compiled(
    block: MergedBlock,
    kinds: Mapping[str, BlockKind],
    settings: RuleSettings,
    options: CompilerOptions,
    cache: BlockCache,
) -> CompiledBlock:
    from kaven_schema.cache.blocks import WatchedKinds

    key = cache.key_of(block)
    found = cache.find(key, block, kinds)
    if found is None:
        watched = WatchedKinds(kinds)
        found = _compile_block(block, watched, settings, options)
        cache.keep(key, block, found, watched.asked)
    return found


def _compile_block(
    block: MergedBlock, kinds: Mapping[str, BlockKind], settings: RuleSettings, options: CompilerOptions
) -> CompiledBlock:
    """Everything that can be said of a block by itself: a pure function of its texts, kinds and settings."""
    from kaven_schema.cache.blocks import CompiledBlock
    from kaven_schema.catalog.catalog import Entry
    from kaven_schema.catalog.reading import read_facts
    from kaven_schema.render.blocks import render_block
    from kaven_schema.rules.runner import check_block

    facts = read_facts(block)
    syntax = tuple(found for part in block.parts for found in part.text.diagnostics())
    checked = () if syntax else check_block(Entry(block, facts), kinds, settings, options.severities)
    return CompiledBlock(facts, render_block(block, _relation_test(kinds.get)), (*syntax, *checked))


def _relation_test(kind_of: Callable[[str], BlockKind | None]) -> IsRelation:
    from kaven_schema.syntax.ast import BlockKind

    return lambda field: kind_of(field.type.name) in (BlockKind.MODEL, BlockKind.VIEW)


def _all_diagnostics(
    layers: Layers,
    compiled: Sequence[CompiledBlock],
    catalog: Catalog,
    settings: RuleSettings,
    options: CompilerOptions,
) -> tuple[Diagnostic, ...]:
    """Every error at once. While lines are unreadable the schema as a whole is not judged: it is not whole."""
    from kaven_schema.rules.runner import check_schema
    from kaven_schema.syntax.document import SYNTAX_ERROR

    outside = [found for document in layers.documents for found in document.outside]
    inside = [found for block in compiled for found in block.diagnostics]
    if outside or any(found.rule == SYNTAX_ERROR for found in inside):
        return (*outside, *inside)
    return (*inside, *check_schema(catalog, settings, options.severities))


def _chunks(layers: Layers, compiled: Sequence[CompiledBlock]) -> tuple[Chunk, ...]:
    from kaven_schema.render.layout import first_part, lay_out

    return tuple(lay_out(layers, {first_part(found.rendered.merged): found.rendered for found in compiled}))


def _text(
    base: Source,
    extended: Sequence[Source],
    chunks: Sequence[Chunk],
    options: CompilerOptions,
    cache: BlockCache,
) -> str:
    from kaven_schema.render.file import render_file, render_header

    names = "\0".join([options.output, base.path, *(source.path for source in extended)])
    header = cache.text(f"header\0{names}", lambda: render_header(options.output, base, extended))
    return render_file(header, base, extended, chunks)


def _proof(base: Source, text: str, dialect: Dialect) -> tuple[Diagnostic, ...]:
    """A fault of this program, not of the user's files: base would not stand unchanged in what it wrote."""
    from kaven_schema.diagnostics import Label
    from kaven_schema.proof.base_stands import find_losses
    from kaven_schema.source import Span

    return tuple(
        Diagnostic(
            rule="base_stands_unchanged",
            severity=Severity.ERROR,
            message=f"the merge would lose or change `{loss.declaration}`"
            + (f" of {loss.block}" if loss.block else ""),
            labels=(Label(base, Span(start, start + len(base.line_text(loss.line)))),),
            help="nothing was written; this is a fault of kaven-schema: please report it with both files",
        )
        for loss in find_losses(base.text, text, block_comments=dialect != "5.17")
        for start in [base.line_starts()[loss.line - 1]]
    )


__all__ = ["CompilerOptions", "Merged", "compile_sources", "has_errors"]
