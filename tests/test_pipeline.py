"""The compiler from end to end: what a merge knows of itself, and its verdict next to Prisma's."""

from __future__ import annotations

import pytest

from kaven_schema import resources
from kaven_schema.diagnostics import Severity
from kaven_schema.pipeline import CompilerOptions, compile_sources
from kaven_schema.proof import base_stands
from kaven_schema.proof.base_stands import Loss, find_losses
from kaven_schema.rules.registry import RULES
from kaven_schema.source import Source
from tests.laws.engines import errors, prisma
from tests.merge.cases import CASES, Case
from tests.syntax.snippets import SNIPPETS, Snippet, Verdict

EXAMPLE = [
    Source(f"prisma/{name}", resources.example_text(name))
    for name in ("schema.base.prisma", "schema.extended.prisma")
]


def rules_of(merged) -> list[str]:
    return [found.rule for found in merged.diagnostics if found.severity is Severity.ERROR]


# --- the example that the project ships ---------------------------------------------------------------------


def test_the_example_is_merged_without_a_word():
    merged = compile_sources(EXAMPLE[0], EXAMPLE[1:], CompilerOptions())
    assert merged.diagnostics == ()
    assert not errors(merged.text)
    assert prisma("5.17").format(merged.text) == merged.text
    assert find_losses(EXAMPLE[0].text, merged.text) == []


@pytest.mark.parametrize("prisma_version", ["6", "7"])
def test_the_example_merges_in_every_dialect(prisma_version):
    merged = compile_sources(EXAMPLE[0], EXAMPLE[1:], CompilerOptions(dialect=prisma_version))
    assert prisma(prisma_version).format(merged.text) == merged.text


# --- what a merge knows of itself ---------------------------------------------------------------------------


def test_the_same_inputs_give_the_same_bytes():
    assert Case("shop").compile().text == Case("shop").compile().text


def test_every_error_at_once():
    base = Source("b.prisma", "model A {\n  id: Int\n}\n\nmodel B {\n  id [Int]\n}\n")
    extended = Source("e.prisma", "model C {\n  id Int!\n}\n???\n")
    merged = compile_sources(base, [extended], CompilerOptions())
    assert rules_of(merged) == ["syntax_error"] * 4
    assert (merged.text, merged.chunks, merged.is_valid) == ("", (), False)


def test_a_merge_with_errors_knows_no_lines():
    merged = compile_sources(Source("b.prisma", "model A {"), [], CompilerOptions())
    assert merged.origin_of(1) is None


def test_nothing_gives_a_header():
    merged = compile_sources(Source("b.prisma", ""), [Source("e.prisma", "\n")], CompilerOptions())
    assert merged.is_valid
    assert prisma("5.17").format(merged.text) == merged.text
    assert merged.text.startswith("// prisma/schema.prisma\n")


def test_severities_are_the_callers():
    base = Source("b.prisma", "model A {\n  id Int @id\n}\n\nmodel A {\n  id Int @id\n}\n")
    assert rules_of(compile_sources(base, [], CompilerOptions()))
    quiet = CompilerOptions(severities={rule.slug: Severity.OFF for rule in RULES})
    assert compile_sources(base, [], quiet).diagnostics == ()


def test_a_merge_that_would_lose_something_is_not_written(monkeypatch):
    """The last line of defence, here against a proof that finds a loss where there is none."""
    base = Case("shop").base
    monkeypatch.setattr(
        base_stands, "find_losses", lambda _base, _written, **_options: [Loss("model Tenant", "@@map", 25)]
    )
    merged = compile_sources(base, Case("shop").extended, CompilerOptions())
    assert rules_of(merged) == ["base_stands_unchanged"]
    assert merged.text == ""
    (label,) = merged.diagnostics[-1].labels
    assert label.source is base
    assert base.position(label.span.start).line == 25


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_merge_is_what_merging_it_again_gives(case: Case):
    """The output as a base without extensions: nothing moves any more."""
    text = case.compile().text
    again = compile_sources(
        Source("prisma/schema.prisma", text), [], CompilerOptions(dialect=case.dialect)
    ).text
    body = text[text.index("\n\n") :]
    assert again.endswith(body)


# --- the verdict --------------------------------------------------------------------------------------------

# What our rules leave to Prisma's validator, which `kaven check` asks, too.
LEFT_TO_PRISMA = {"composite", "config_dup", "enum_attr"}


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.name)
def test_what_prisma_refuses_is_refused(snippet: Snippet):
    base = Source("b.prisma", snippet.text)
    merged = compile_sources(base, [], CompilerOptions(python_client=False))
    is_refused = not merged.is_valid
    assert is_refused == (snippet.verdict is not Verdict.FINE) or snippet.name in LEFT_TO_PRISMA
