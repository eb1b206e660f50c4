"""Texts at the edge of what the parser takes."""

from __future__ import annotations

import sys

import pytest

from kaven_schema.database.lint.parser import SqlError, parse_sql
from kaven_schema.diagnostics import ExitCode, KavenError


def test_spans_count_characters_not_bytes():
    first, second = parse_sql("-- é\nSELECT 'é' ;\n/* ü */ SELECT 2")
    assert (tuple(first.span), second.span.end) == ((5, 15), 34)


@pytest.mark.parametrize("chain", ["+1", "::int", " union select 1"])
def test_deep_nesting_is_an_error_and_no_crash(chain):
    with pytest.raises(SqlError, match="nested too deeply"):
        parse_sql("SELECT 1" + chain * 5_000)


def test_a_long_statement_that_is_not_deep():
    rows = ", ".join(f"({number})" for number in range(20_000))
    assert len(parse_sql(f"INSERT INTO t VALUES {rows}")) == 1


@pytest.mark.parametrize(("text", "offset"), [("SELECT 'éé' a b", 14), ("SELECT 1\0", 8), ("/* open", 0)])
def test_errors_know_their_place(text, offset):
    with pytest.raises(SqlError) as error:
        parse_sql(text)
    assert error.value.offset == offset


def test_without_the_parser_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "postgast", None)
    with pytest.raises(KavenError) as error:
        parse_sql("SELECT 1")
    assert (error.value.rule, error.value.exit_code) == ("sql_parser_missing", ExitCode.ENVIRONMENT)
    assert error.value.help == "pip install 'kaven-schema[database]'"
