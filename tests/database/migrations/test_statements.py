from __future__ import annotations

import pytest

from kaven_schema.database.migrations.plan import plan_steps
from kaven_schema.database.migrations.statements import split_statements


def texts(script: str) -> list[str]:
    return [statement.text for statement in split_statements(script)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", []),
        (";;", []),
        ("-- nothing\n/* at all */", []),
        ("select 1", ["select 1"]),
        ("select 1; select 2;\n", ["select 1", "select 2"]),
        ("\ufeffselect 1;", ["select 1"]),
        ("select ';'; select 2", ["select ';'", "select 2"]),
        ("select 'it''s;'; select 2", ["select 'it''s;'", "select 2"]),
        (r"select E'\';'; select 2", [r"select E'\';'", "select 2"]),
        (r"select '\'; select 2", [r"select '\'", "select 2"]),
        ('select 1 as "a;b"; select 2', ['select 1 as "a;b"', "select 2"]),
        ("select $$a;b$$; select 2", ["select $$a;b$$", "select 2"]),
        ("select $x$a;$$;b$x$; select 2", ["select $x$a;$$;b$x$", "select 2"]),
        ("select $1; select 2", ["select $1", "select 2"]),
        ("select a$b$c; select d$b$e", ["select a$b$c", "select d$b$e"]),
        ("select 1 -- a;b\n; select 2", ["select 1", "select 2"]),
        ("select /* a; /* b; */ c; */ 1; select 2", ["select /* a; /* b; */ c; */ 1", "select 2"]),
        ("create rule r as on insert to t do (select 1; select 2); select 3",
         ["create rule r as on insert to t do (select 1; select 2)", "select 3"]),
        ("create function f() begin atomic select case when true then 1 end; select 2; end; select 3",
         ["create function f() begin atomic select case when true then 1 end; select 2; end", "select 3"]),
        ("begin; select 1; end; select 2", ["begin", "select 1", "end", "select 2"]),
        ("select 'open; select 2", ["select 'open; select 2"]),
        ("select $$open; select 2", ["select $$open; select 2"]),
        ("/* open; select 2", []),
    ],
)  # fmt: skip
def test_split(script: str, expected: list[str]) -> None:
    assert texts(script) == expected


def test_place() -> None:
    script = "-- why\n\n  select 1;\n/* and */ select 2"
    assert [script[found.start :][:8] for found in split_statements(script)] == ["select 1", "select 2"]


def steps(script: str) -> list[tuple[bool, list[str]]]:
    return [
        (step.alone, [one.text for one in step.statements]) for step in plan_steps(split_statements(script))
    ]


def test_one_transaction() -> None:
    assert steps("create table a(); create table b()") == [(False, ["create table a()", "create table b()"])]
    assert steps("-- nothing") == []


@pytest.mark.parametrize(
    "statement",
    [
        "create index concurrently i on t (a)",
        "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
        "drop index concurrently i",
        "reindex table concurrently t",
        "reindex (concurrently) table t",
        "alter table t detach partition p concurrently",
        "vacuum t",
        "alter system set work_mem = '1MB'",
        "create database d",
        "cluster",
    ],
)
def test_what_takes_no_transaction(statement: str) -> None:
    found = steps(f"create table a(); {statement}; create table b()")
    assert found == [(False, ["create table a()"]), (True, [statement]), (False, ["create table b()"])]


def test_names_are_no_keywords() -> None:
    assert len(steps("create table concurrently_done (vacuum int); cluster t using i")) == 1


def test_new_enum_value_is_committed_before_it_is_used() -> None:
    script = "alter type e add value 'a'; alter type e add value 'b'; alter table t alter c set default 'a'"
    assert [len(found) for _, found in steps(script)] == [1, 2]


def test_script_with_transactions_of_its_own() -> None:
    assert [alone for alone, _ in steps("begin; create table a(); commit")] == [True, True, True]
