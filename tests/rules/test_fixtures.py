"""Every rule against its fixtures, a folder for each case: tests/fixtures/rules/<slug>/<case>/.

base.prisma and extended.prisma (and extended_2.prisma …) are the layers, settings.toml what else counts.
diagnostics.txt is what the rule must find, empty for a near miss; fixed.prisma (and fixed_2.prisma …) is
extended after the rule's fixes. UPDATE_EXPECT=1 writes both.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.diagnostics import Severity
from kaven_schema.rules.fixing import apply_fixes
from kaven_schema.rules.registry import RULES
from kaven_schema.rules.rule import RuleSettings
from tests.rules.compiling import Project, compile_texts, read_case, shown

TESTS = Path(__file__).resolve().parent.parent
FIXTURES = TESTS / "fixtures" / "rules"
PAGES = TESTS.parent / "docs" / "rules"
CASES = sorted(path.relative_to(FIXTURES).as_posix() for path in FIXTURES.glob("*/*"))
SLUGS = [rule.slug for rule in RULES]


def slug_of(case: str) -> str:
    return case.partition("/")[0]


@pytest.mark.parametrize("case", CASES)
def test_finds(case: str, expect):
    project = compile_texts(*read_case(FIXTURES / case))
    found = project.diagnostics(slug_of(case))
    assert not project.syntax_errors()
    for diagnostic in found:
        assert diagnostic.message, "a finding says what is wrong"
        assert "\n" not in diagnostic.message + diagnostic.help
        assert diagnostic.help, "a finding says what to type"
    expect(FIXTURES / case / "diagnostics.txt", "".join(shown(diagnostic) for diagnostic in found))


@pytest.mark.parametrize("case", CASES)
def test_fixes(case: str, expect):
    slug = slug_of(case)
    texts, settings = read_case(FIXTURES / case)
    before = compile_texts(texts, settings)
    if not any(found.fix for found in before.diagnostics(slug)):
        assert not list((FIXTURES / case).glob("fixed*.prisma")), f"{slug} has no fix here"
        return
    fixed = after_fixes(texts, settings, slug)
    after = compile_texts(fixed, settings)
    assert fixed["base.prisma"] == texts["base.prisma"], "a fix never touches base"
    assert not after.syntax_errors()
    assert not [found.message for found in after.diagnostics(slug) if found.fix]
    assert errors_of(after) <= errors_of(before), "a fix brings no other error"
    for name, text in fixed.items():
        if text != texts[name]:
            expect(FIXTURES / case / name.replace("extended", "fixed"), text)


def after_fixes(texts: dict[str, str], settings: RuleSettings | None, slug: str) -> dict[str, str]:
    """Fixes that overlap are left for the next run, so there may be several."""
    for _ in range(10):
        changed = apply_fixes(compile_texts(texts, settings).diagnostics(slug))
        if not changed:
            break
        texts = {**texts, **changed}
    return texts


def errors_of(project: Project) -> set[str]:
    return {found.rule for found in project.diagnostics() if found.severity is Severity.ERROR}


@pytest.mark.parametrize("slug", SLUGS)
def test_every_rule_has_both_kinds_of_cases(slug: str):
    own = [case for case in CASES if slug_of(case) == slug]
    found = [(FIXTURES / case / "diagnostics.txt").read_text() for case in own]
    assert any(found), f"{slug} has no case in which it finds something"
    assert not all(found), f"{slug} has no near miss"


@pytest.mark.parametrize("slug", SLUGS)
def test_every_rule_has_a_page_and_a_module(slug: str):
    page = (PAGES / f"{slug}.md").read_text()
    assert page.startswith(f"# {slug}\n")
    assert "```prisma" in page
    assert f'{slug} = "off"' in page
    assert (TESTS.parent / "kaven_schema" / "rules" / f"{slug}.py").exists()


def test_nothing_is_left_over():
    assert {path.name for path in FIXTURES.iterdir()} == set(SLUGS)
    others = {path.stem for path in PAGES.iterdir()} - set(SLUGS)
    assert all("cannot be switched off" in (PAGES / f"{page}.md").read_text() for page in others), others
    assert len(set(SLUGS)) == len(SLUGS)
    known = {"base.prisma", "diagnostics.txt", "settings.toml"}
    for case in CASES:
        for path in (FIXTURES / case).iterdir():
            assert path.name in known or path.stem.split("_")[0] in ("extended", "fixed"), path


def test_every_rule_has_one_check():
    for rule in RULES:
        assert bool(rule.check_block) != bool(rule.check_schema), rule.slug
        assert rule.summary, rule.slug
        assert rule.severity is not Severity.OFF
