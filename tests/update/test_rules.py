"""Every rule on updates has its page, and every change that the comparison knows its class."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from kaven_schema.compare import KINDS
from kaven_schema.diagnostics import Severity
from kaven_schema.pipeline import CompilerOptions
from kaven_schema.source import Source
from kaven_schema.update.plan import UPDATE_RULES, State, UpdateRule, make_plan
from kaven_schema.update.plan.rules import BROKEN_BY, RULE_OF
from kaven_schema.update.release import Manifest, Release, Version
from tests.update.vendor import CONFIG

EXAMPLE = re.compile(r"^## ([\w ]+)\n+```prisma\n// [^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOREIGN = (
    "accepted_break_known",
    "base_as_released",
    "database_not_ahead",
    "vendor_migration_as_brought",
)


def test_every_change_has_a_class():
    assert set(BROKEN_BY) == KINDS
    assert {rule for rule in BROKEN_BY.values() if rule} <= set(RULE_OF)


def test_pages_and_rules_are_the_same(checkout: Path):
    pages = {page.stem for page in (checkout / "docs" / "update-rules").glob("*.md")}
    assert pages == set(RULE_OF)
    assert len(RULE_OF) == len(UPDATE_RULES)


def release(base: str) -> Release:
    manifest = Manifest(
        name="acme", version=Version.parse("2.0.0"), date=date(2026, 1, 1), previous=Version.parse("1.0.0")
    )
    has_datasource = "datasource" in base
    return Release(manifest, Source("new.prisma", ("" if has_datasource else CONFIG) + base), (), "2.0.0")


def found(old: str, new: str, extended: str = "") -> set[str]:
    base = old if "datasource" in old else CONFIG + old
    state = State(Source("base.prisma", base), (Source("extended.prisma", extended),), CompilerOptions())
    return {one.rule for one in make_plan(state, [release(new)]).diagnostics}


@pytest.mark.parametrize(
    "rule", [rule for rule in UPDATE_RULES if rule.slug not in FOREIGN], ids=lambda rule: rule.slug
)
def test_the_page_shows_what_breaks_the_rule_and_what_does_not(rule: UpdateRule, checkout: Path):
    text = (checkout / "docs" / "update-rules" / f"{rule.slug}.md").read_text(encoding="utf-8")
    assert (
        f"# {rule.slug}\n\n{rule.summary[0].upper()}{rule.summary[1:]}.\n\nSeverity: {rule.severity.value}."
        in text
    )
    shown = dict(EXAMPLE.findall(text))
    if "Wrong" in shown:
        assert rule.slug in found(shown["Installed release"], shown["Wrong"])
        right = found(shown["Installed release"], shown["Right"])
    else:
        old = {"extension_target_kept": "\nmodel Note {\n  id Int @id\n}\n"}.get(rule.slug, "")
        legacy = "  legacy String?\n" if rule.slug == "extension_reference_kept" else ""
        before = f"model User {{\n  id Int @id\n{legacy}}}\n{old}"
        assert rule.slug in found(before, shown["New release"], shown["Extended"])
        right = found(before, shown["New release"], shown["Right"])
    assert rule.slug not in right
    assert rule.severity in (Severity.ERROR, Severity.WARNING)
