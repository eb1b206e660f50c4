"""What holds for every merge: a complete schema, taken apart into base and extended files, comes together again."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import strategies as st

from kaven_schema.pipeline import Merged
from kaven_schema.proof.base_stands import find_losses
from kaven_schema.source import Source
from tests.laws import complete
from tests.laws.compiling import comments, declarations, merge, without_order
from tests.laws.engines import errors, prisma
from tests.laws.law import law

_WORD = re.compile(r'"(?:\\.|[^"\\])*"|[\w.-]+|\S')
_TITLE = re.compile(r"// Extended \w+ \(from part\d\.prisma\)")


def merged_layers(layers: complete.Layers) -> Merged:
    return merge(layers.base_source, layers.extended_sources)


@law(complete.layers())
def test_the_merge_means_what_the_whole_means(layers):
    written, whole = merged_layers(layers).text, layers.layout.text(layers.whole)
    engine = prisma("5.17")
    assert not errors(written)
    dmmf, wanted = (engine.dmmf([("schema.prisma", text)])["datamodel"] for text in (written, whole))
    assert without_order(dmmf) == without_order(wanted)


@law(complete.layers())
def test_prisma_leaves_the_merge_as_it_is(layers):
    written = merged_layers(layers).text
    assert prisma("5.17").format(written) == written


@law(complete.layers())
def test_base_stands(layers):
    written = merged_layers(layers).text
    assert not find_losses(layers.base_source.text, written)
    for key, lines in declarations(layers.base_source.text).items():
        assert lines <= declarations(written)[key]


@law(complete.layers())
def test_no_comment_is_lost_and_only_titles_are_added(layers):
    written = comments(merged_layers(layers).text)
    sources = (layers.base_source, *layers.extended_sources)
    wanted = sum((comments(with_opening_comments(source.text)) for source in sources), start=type(written)())
    assert not wanted - written
    added = [comment for comment in (written - wanted) if not _TITLE.fullmatch(comment)]
    header = merged_layers(layers).text.split("\n\n")[0].split("\n")
    assert sorted(set(added)) == sorted(set(header))


def with_opening_comments(text: str) -> str:
    """On lines of their own, and with two slashes: behind `{` they document nothing."""
    return re.sub(r"(?m)^([a-z]+ \w+ \{) //+(.*)$", r"\1\n//\2", text)


@law(complete.layers(), st.randoms(use_true_random=False))
def test_order_of_files_and_blocks_changes_no_meaning(layers, shuffler):
    files = [(name, tuple(shuffler.sample(units, len(units)))) for name, units in layers.files]
    shuffler.shuffle(files)
    shuffled = replace(layers, files=tuple(files))
    assert declarations(merged_layers(shuffled).text) == declarations(merged_layers(layers).text)


@law(complete.layers(), st.data(), examples=15)
def test_the_cache_changes_nothing(layers, data):
    with tempfile.TemporaryDirectory() as folder:
        for changed in (layers, layers, data.draw(edited(layers)), layers):
            cached = merge(changed.base_source, changed.extended_sources, Path(folder))
            anew = merged_layers(changed)
            assert cached.text == anew.text
            assert cached.origins == anew.origins
            assert cached.diagnostics == anew.diagnostics
            assert cached.catalog.entries == anew.catalog.entries


@st.composite
def edited(draw: st.DrawFn, layers: complete.Layers) -> complete.Layers:
    """With one block of base changed: a new field, or its comments gone."""
    number = draw(st.sampled_from([n for n, unit in enumerate(layers.base) if unit.lines]))
    unit = layers.base[number]
    line = complete.Line("added", {"model": "Int?", "view": "Int?", "enum": ""}.get(unit.kind, '= "x"'))
    plain = tuple(replace(line, above=(), behind="") for line in unit.lines)
    lines = draw(st.sampled_from([(*unit.lines[:1], line, *unit.lines[1:]), plain]))
    base = (*layers.base[:number], replace(unit, lines=lines), *layers.base[number + 1 :])
    return replace(layers, base=base)


@law(complete.layers())
def test_every_line_comes_from_where_the_merge_says(layers):
    merged = merged_layers(layers)
    sources = {source.path: source for source in (layers.base_source, *layers.extended_sources)}
    lines = merged.text.split("\n")
    assert len(merged.origins) == len(lines)
    for number, line in enumerate(lines, 1):
        origin = merged.origin_of(number)
        if origin is None:
            assert not line or line.startswith("//") or _TITLE.fullmatch(line.strip())
        else:
            assert_same_words(line, sources[origin.path].line_text(origin.line))
    assert merged.origin_of(0) is merged.origin_of(len(lines) + 1) is None


def assert_same_words(line: str, source: str) -> None:
    """All words of an output line are in its source, and nothing else is, but for the comment behind a brace."""
    wanted, there = (sorted(_WORD.findall(text)) for text in (line, source))
    if line.endswith(("{", "}")) or source.lstrip().startswith(
        ("}", "model", "view", "enum", "datasource", "generator")
    ):
        assert all(word in there for word in wanted) or line.strip() in source
    else:
        assert wanted == there


@law(complete.layers())
def test_all_that_extended_wrote_has_an_origin_in_extended(layers):
    merged = merged_layers(layers)
    known = {(origin.path, origin.line) for origin in merged.origins if origin}
    for source in (layers.base_source, *layers.extended_sources):
        for number in lines_of_code(source):
            assert (source.path, number) in known


def lines_of_code(source: Source) -> list[int]:
    """Lines that hold a declaration or a comment; of an extension's braces nothing is left."""
    texts = [source.line_text(number + 1).strip() for number in range(len(source.line_starts()))]
    is_base = source.path.endswith("base.prisma")
    return [
        n for n, text in enumerate(texts, 1) if text and (is_base or not re.search(r"^\}|\{$|\{ //", text))
    ]
