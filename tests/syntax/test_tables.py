from __future__ import annotations

import json
from typing import Any

import pytest

from kaven_schema import resources
from kaven_schema.syntax.dialect import DIALECTS, grammar_text
from kaven_schema.syntax.tables import START_RULES, Grammar, make_tables

HOW_TO_MEND = "the grammar has changed; run: python -m kaven_schema.syntax.tables"


def shape(tables: dict[str, Any]) -> tuple[object, ...]:
    """What two builds of one grammar have in common: Lark numbers its states in no particular order."""
    parser = tables["data"]["parser"]["parser"]
    actions = sorted(len(state) for state in parser["states"].values())
    rules = sorted(json.dumps(rule, sort_keys=True) for rule in tables["memo"].values())
    return tables["patterns"], sorted(parser["start_states"]), actions, rules


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_stored_tables_are_those_of_the_grammar(dialect):
    stored = Grammar(grammar_text(dialect))._stored
    assert stored is not None, HOW_TO_MEND
    assert sorted(stored["data"]["options"]["start"]) == sorted(START_RULES), HOW_TO_MEND
    assert shape(stored) == shape(make_tables(grammar_text(dialect))), HOW_TO_MEND


def test_no_tables_are_stored_for_another_grammar():
    stored = json.loads(resources.grammar_text("prisma.tables.json"))
    assert len(stored) == len({grammar_text(dialect) for dialect in DIALECTS}), HOW_TO_MEND


def test_a_grammar_without_stored_tables_is_built():
    changed = grammar_text("5.17") + "\n// changed\n"
    grammar = Grammar(changed)
    assert grammar._stored is None
    assert grammar.patterns == Grammar(grammar_text("5.17")).patterns
    attributes: Any = grammar.lark.parse("@id", start="attributes")
    assert [attribute.name for attribute in attributes] == ["id"]
