"""What the pages of the rules show is so: the wrong example is found, the right one is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kaven_schema.rules.registry import STRUCTURE
from tests.rules.compiling import compile_texts

PAGES = Path(__file__).resolve().parents[2] / "docs" / "rules"


@pytest.mark.parametrize("rule", STRUCTURE, ids=lambda rule: rule.slug)
def test_examples(rule):
    base, wrong, right = (example(rule.slug, heading) for heading in ("Base", "Wrong", "Right"))
    before = compile_texts({"base.prisma": base, "extended.prisma": wrong})
    after = compile_texts({"base.prisma": base, "extended.prisma": right})
    assert [found.severity for found in before.diagnostics(rule.slug)][:1] == [rule.severity]
    assert not after.diagnostics(*(other.slug for other in STRUCTURE)), "the right form has no other fault"
    assert not before.syntax_errors() + after.syntax_errors()


@pytest.mark.parametrize("rule", STRUCTURE, ids=lambda rule: rule.slug)
def test_severity(rule):
    assert f"\nSeverity: {rule.severity.value}.\n" in (PAGES / f"{rule.slug}.md").read_text()


def example(slug: str, heading: str) -> str:
    """The schema under a heading; empty where the page needs none."""
    page = (PAGES / f"{slug}.md").read_text()
    found = re.search(rf"^## {heading}\n\n```prisma\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""
