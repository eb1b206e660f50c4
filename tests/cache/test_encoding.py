from __future__ import annotations

import marshal
from typing import Any

import pytest

from kaven_schema.cache.encoding import decode_diagnostic, decode_facts, encode_diagnostic, encode_facts
from kaven_schema.catalog.reading import read_facts
from kaven_schema.diagnostics import Diagnostic, Edit, Fix, Label, Severity
from kaven_schema.merge.pairing import MergedBlock, pair
from kaven_schema.source import Source, Span
from kaven_schema.syntax.document import read_document
from tests.merge.cases import CASES, Case


def stored(value: Any) -> Any:
    """What is left of a value after a run has written it and another has read it."""
    return marshal.loads(marshal.dumps(value))


def merged_block(base: str, extended: str) -> MergedBlock:
    documents = [read_document(Source(path, text)) for path, text in (("b", base), ("e", extended))]
    return pair(documents[0], documents[1:]).blocks[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_facts_come_back(case: Case):
    for block in case.compile().layers.blocks:
        facts = read_facts(block)
        back = decode_facts(stored(encode_facts(facts)))
        assert back == facts
        assert repr(back) == repr(facts)


def test_a_diagnostic_comes_back_at_the_place_to_which_its_block_has_moved():
    before = merged_block("enum A {\n  B\n}\n", "enum A {\n  C\n}\n")
    after = merged_block("// more\n\nenum A {\n  B\n}\n", "\nenum A {\n  C\n}\n")
    (base, extension) = before.parts
    found = Diagnostic(
        rule="x",
        severity=Severity.WARNING,
        message="m",
        labels=(extension.label(Span(11, 12), "here"), base.name_label("there")),
        help="h",
        fix=Fix("f", (Edit(extension.text.source, Span(11, 12), "D"),)),
    )
    back = decode_diagnostic(stored(encode_diagnostic(found, before)), after)
    assert (back.rule, back.severity, back.message, back.help) == ("x", Severity.WARNING, "m", "h")
    assert [(label.source.path, label.span, label.text) for label in back.labels] == [
        ("e", Span(12, 13), "here"),
        ("b", Span(14, 15), "there"),
    ]
    assert [label.source.text[slice(*label.span)] for label in back.labels] == ["C", "A"]
    assert back.fix is not None
    assert [(edit.source.path, edit.span, edit.replacement) for edit in back.fix.edits] == [
        ("e", Span(12, 13), "D")
    ]


def test_a_diagnostic_without_a_fix_comes_back():
    block = merged_block("enum A {\n  B\n}\n", "")
    found = Diagnostic(rule="x", severity=Severity.ERROR, message="m", labels=(block.parts[0].name_label(),))
    assert decode_diagnostic(stored(encode_diagnostic(found, block)), block) == found


def test_a_place_outside_the_block_cannot_be_kept():
    block = merged_block("enum A {\n  B\n}\n\nenum C {\n  D\n}\n", "")
    outside = Label(block.parts[0].text.source, Span(20, 21))
    found = Diagnostic(rule="x", severity=Severity.ERROR, message="m", labels=(outside,))
    with pytest.raises(ValueError, match="outside"):
        encode_diagnostic(found, block)
