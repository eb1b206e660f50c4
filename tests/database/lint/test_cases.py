"""Each case is a schema before, a migration, and what the lint says of it; UPDATE_EXPECT=1 writes it anew."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from kaven_schema.database.lint import AcceptedBreaks, lint_migrations
from kaven_schema.database.lint.registry import RULES
from kaven_schema.database.migrations.folder import Migration
from kaven_schema.diagnostics import Diagnostic
from kaven_schema.files import read_source

CASES = sorted((Path(__file__).parent / "fixtures" / "cases").iterdir())
TODAY = date(2026, 11, 22)


def found_in(case: Path) -> str:
    scripts = [
        Migration(name, case / name, read_source(case / name)) for name in ("before.sql", "migration.sql")
    ]
    return "".join(map(shown, lint_migrations(scripts, AcceptedBreaks(), today=TODAY)))


def shown(found: Diagnostic) -> str:
    label = found.labels[0]
    text = label.source.text[label.span.start : label.span.end].splitlines()
    place = label.source.position(label.span.start)
    at = f"{Path(label.source.path).name}:{place.line}:{place.column}"
    return f"{at} {found.severity} {found.rule} [{text[0] if text else ''}] {found.message}\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case):
    expected = case / "expected.txt"
    found = found_in(case)
    if os.environ.get("UPDATE_EXPECT"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


def test_every_rule_has_a_case():
    everything = "".join((case / "expected.txt").read_text(encoding="utf-8") for case in CASES)
    assert [rule.slug for rule in RULES if f" {rule.slug} [" not in everything] == []


def test_every_rule_has_a_page_and_no_page_is_an_orphan():
    pages = Path(__file__).parents[3] / "docs" / "migration-rules"
    assert sorted(page.stem for page in pages.iterdir()) == sorted(rule.slug for rule in RULES)
    for rule in RULES:
        text = (pages / f"{rule.slug}.md").read_text(encoding="utf-8")
        assert text.startswith(f"# {rule.slug}\n")
        assert f"Severity: {rule.severity.value}." in text
