"""What is accepted and what is refused, feature by feature, next to what Prisma's own engine says of it."""

from __future__ import annotations

import pytest

from kaven_schema.syntax.dialect import DIALECTS, Dialect
from tests.laws.engines import cannot_read, errors
from tests.laws.reading import document
from tests.syntax.snippets import SNIPPETS, Snippet, Verdict

CASES = [
    pytest.param(snippet, dialect, id=f"{snippet.name}-{dialect}")
    for snippet in SNIPPETS
    for dialect in DIALECTS
]


def expected(snippet: Snippet, dialect: Dialect) -> Verdict:
    if dialect == "5.17":
        return snippet.verdict
    later = snippet.verdict_6 or snippet.verdict
    return snippet.verdict_7 or later if dialect == "7" else later


@pytest.mark.parametrize(("snippet", "dialect"), CASES)
def test_is_read_as_the_table_says(snippet, dialect):
    is_refused = bool(document(snippet.text, dialect).diagnostics())
    assert is_refused == (expected(snippet, dialect) is Verdict.UNREADABLE)


@pytest.mark.parametrize(("snippet", "dialect"), CASES)
def test_the_table_says_what_prisma_says(snippet, dialect):
    # Prisma 7 wants no `url` in a datasource: that is not what these are about.
    text = snippet.text.replace('  url = env("URL")\n', "") if dialect == "7" else snippet.text
    assert prismas_verdict(text, dialect) is expected(snippet, dialect)


def prismas_verdict(text: str, dialect: Dialect) -> Verdict:
    if cannot_read(text, dialect):
        return Verdict.UNREADABLE
    return Verdict.SENSELESS if errors(text, dialect) else Verdict.FINE


def test_names_are_unique():
    names = [snippet.name for snippet in SNIPPETS]
    assert len(set(names)) == len(names)
