"""What holds for every text: it is read as Prisma reads it, or refused where Prisma refuses it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import assume
from hypothesis import strategies as st

from kaven_schema.diagnostics import Severity
from kaven_schema.syntax.dialect import DIALECTS, Dialect
from kaven_schema.syntax.document import BlockText
from kaven_schema.syntax.printer import print_schema
from tests.laws import engines
from tests.laws.law import law
from tests.laws.reading import dialects, document, tree
from tests.laws.strategies import mutations, schema_texts, schemas

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
Case = tuple[Dialect, str]

in_dialects = st.one_of([st.tuples(st.just(dialect), schema_texts(dialect)) for dialect in DIALECTS])
trees = st.one_of([st.tuples(st.just(dialect), schemas(dialect)) for dialect in DIALECTS])


def fixture_texts() -> st.SearchStrategy[str]:
    files = sorted(path for folder in ("syntax", "merge") for path in (FIXTURES / folder).rglob("*.prisma"))
    return st.sampled_from([file.read_bytes().decode() for file in files])


@law(in_dialects)
def test_what_is_right_is_read(case):
    dialect, text = case
    tree(text, dialect)


@law(trees)
def test_a_printed_tree_reads_as_itself(case):
    dialect, schema = case
    assert tree(print_schema(schema), dialect) == schema


@law(in_dialects)
def test_spans_hold_what_they_name(case):
    dialect, text = case
    for item in document(text, dialect).items:
        if not isinstance(item, BlockText):
            assert text[slice(*item.span)].strip("\r\n \t").startswith(getattr(item, "text", ""))
            continue
        start, end = item.name_span
        assert item.text[start:end] == item.name
        assert text[item.offset : item.offset + len(item.text)] == item.text
        for field in item.block.fields:
            assert item.text[slice(*field.span)].startswith(field.name)
            for attribute in field.attributes:
                written = item.text[slice(*field.place_of(attribute))]
                assert written.startswith("@")
                assert written[1:].lstrip().startswith(attribute.name)


@law(dialects, st.text(max_size=80), examples=150)
def test_any_text_gives_a_tree_or_diagnostics(dialect, text):
    assert_answered(dialect, text)


@law(dialects, mutations(fixture_texts()), examples=100)
def test_any_mutated_fixture_gives_a_tree_or_diagnostics(dialect, text):
    assert_answered(dialect, text)


def assert_answered(dialect: Dialect, text: str) -> None:
    read = document(text, dialect)
    read.schema()
    for found in read.diagnostics():
        assert found.severity is Severity.ERROR
        start, end = found.labels[0].span
        assert 0 <= start <= end <= len(text)


mutated = st.one_of([st.tuples(st.just(dialect), mutations(schema_texts(dialect))) for dialect in DIALECTS])


@law(mutated, examples=80)
def test_what_prisma_cannot_read_is_refused_and_nothing_else(case):
    dialect, text = case
    assume(not engines.crashes(text, dialect))
    assert bool(document(text, dialect).diagnostics()) == engines.cannot_read(text, dialect)


@law(mutations(fixture_texts()), examples=40)
def test_mutated_fixtures_have_prismas_verdict(text):
    assume(not engines.crashes(text, "5.17"))
    assert bool(document(text).diagnostics()) == engines.cannot_read(text)
