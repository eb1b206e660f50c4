"""What plans are called, and what they write, without a database."""

from __future__ import annotations

import re

import pytest

from kaven_schema.database.expand.declared import Declared, parse_declared, quoted_string, renamed_index
from kaven_schema.database.expand.plan import Plan, plan_name
from kaven_schema.database.expand.scripts import (
    NewColumn,
    add_column_script,
    contract_script,
    dollar_quote,
    promise_script,
)
from kaven_schema.database.expand.standing import Standing
from kaven_schema.database.migrations.statements import split_statements
from kaven_schema.database.partial_indexes.declared import identifier
from kaven_schema.diagnostics import KavenError
from kaven_schema.source import Source
from kaven_schema.syntax.document import read_document


def plan(**changes: object) -> Plan:
    values = {
        "name": "rename_m_a", "kind": "rename", "model": "M", "field": "a", "schema": "", "table": "m",
        "column": "a", "new_column": "b", "fill": '"a"', "back": '"b"',
    }  # fmt: skip
    return Plan(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("company", "rename_user_company"),
        ("companyName", "rename_user_company_name"),
        ("HTMLBody2", "rename_user_htmlbody2"),
        ("a__b", "rename_user_a__b"),
    ],
)
def test_names_of_plans(field: str, name: str) -> None:
    assert plan_name("rename", "User", field) == name


def test_names_of_other_letters_stay_apart() -> None:
    names = {plan_name("rename", "Größe", field) for field in ("größe", "grösse", "gröse")}
    assert len(names) == 3
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in names)


def test_objects_fit_into_postgresqls_names() -> None:
    names = {plan(name=f"rename_{'x' * 100}{number}").object for number in range(3)}
    assert len(names) == 3
    assert {len(name) for name in names} == {63}


WHOLE = Standing(
    has_table=True,
    has_trigger=True,
    has_function=True,
    has_check=True,
    takes_null=True,
    old_gone_in="",
    new_gone_in="",
)


def test_every_name_is_quoted() -> None:
    odd = plan(schema='s"x', table="t $kaven$ '%", column='a"b', new_column="; DROP", is_required=True)
    script = add_column_script(odd, NewColumn("TEXT", "'x'"))
    assert len(split_statements(script)) == 5
    assert '"s""x"."t $kaven$ \'%"' in script
    assert 'NEW."a""b" := NEW."; DROP";' in script
    assert len(split_statements(contract_script(odd, WHOLE))) == 5
    promise = promise_script(odd)
    assert len(split_statements(promise)) == 3
    assert "DO $kaven_$" in promise
    assert "t $kaven$ ''%%.; DROP is not filled" in promise


def test_quotes() -> None:
    assert identifier('a"b') == '"a""b"'
    assert quoted_string('a"\\b') == '"a\\"\\\\b"'
    assert dollar_quote("$kaven$ $kaven_$") == "$kaven__$"


def test_equality_of_json_goes_by_its_text() -> None:
    script = add_column_script(plan(), NewColumn("JSON", ""))
    assert 'NEW."b"::text IS DISTINCT FROM OLD."b"::text' in script
    assert "::text" not in add_column_script(plan(), NewColumn("JSONB", ""))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Decimal @db.Decimal(12,2)", "x Decimal @db.Decimal(12, 2)"),
        ("Int? @default(1)", "x Int? @default(1)"),
        ("String[]", "x String[]"),
    ],
)
def test_types(text: str, written: str) -> None:
    assert str(parse_declared("x", text, "5.17")) == written


@pytest.mark.parametrize(
    "text", ["", "Int @id", 'Int @map("y")', "Int\n y Int", "}", "Int // c\n}\nmodel Y {"]
)
def test_types_that_are_none(text: str) -> None:
    with pytest.raises(KavenError) as refused:
        parse_declared("x", text, "5.17")
    assert refused.value.rule == "plan_type_invalid"


def test_lines_that_are_written_anew() -> None:
    index = '@@index([a(sort: Desc), b], name: "n", map: "m", type: BTree)'
    text = f'model M {{\n  a String @map("x") @unique\n  {index}\n}}\n'
    block = read_document(Source("x", text)).blocks[0].block
    line = block.attributes[0].attribute
    assert renamed_index(line, {"a": "c"}, keep_names=False) == "@@index([c(sort: Desc), b], type: BTree)"
    kept = '@@index([c(sort: Desc), b], name: "n", map: "m", type: BTree)'
    assert renamed_index(line, {"a": "c"}, keep_names=True) == kept
    declared = Declared.of(block.fields[0])
    assert str(declared.mapped("a").optional()) == "a String? @unique"
    assert str(declared.having("ignore", "@ignore")) == 'a String @unique @map("x") @ignore'
