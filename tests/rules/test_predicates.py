"""What is told of a predicate beyond its place, and what must not end the process."""

from __future__ import annotations

import sys

import pytest

from kaven_schema.rules.predicates import Columns, flaws, quoted, with_column

COLUMNS = Columns(names=["id", "email", "deletedAt", "created_at"], by_field={"createdAt": "created_at"})


def told(where: str) -> list[tuple[str, str]]:
    return [(where[flaw.start : flaw.end], flaw.replacement) for flaw in flaws(where, COLUMNS)]


@pytest.mark.parametrize(
    "where",
    [
        '"deletedAt" IS NULL',
        "EMAIL LIKE 'a;--b' AND (id > 3)",
        "email = E'a\\'b' OR email = 'it''s'",
        "lower(email) = 'ü' AND created_at > '2020-01-01'::timestamptz",
        "(" * 90 + "true" + ")" * 90,
        "(" * 1900 + "true" + ")" * 1900,
        " AND ".join(["id > 3"] * 2_000),
    ],
    ids=["quoted", "folded", "escaped", "cast", "deep", "deeper", "long"],
)
def test_sound(where: str) -> None:
    assert told(where) == []


@pytest.mark.parametrize(
    ("where", "flaw"),
    [
        ("deletedAt IS NULL", ("deletedAt", '"deletedAt"')),
        ("createdAt > 'x'", ("createdAt", "created_at")),
        ("\"createdAt\" > 'x'", ('"createdAt"', "created_at")),
        ("x\0y", ("\0", "")),
        ("email = 'a", ("'", "")),
        ("ü.id > 3 AND NOW() > created_at", ("ü.id", "")),
        ("max(id) > 3", ("max", "")),
        ("row_number() OVER () > 3", ("row_number", "")),
        ("id > 3 and ", ("d", "")),
    ],
    ids=["unquoted", "field", "quoted field", "nul", "open", "table", "aggregate", "window", "early end"],
)
def test_unsound(where: str, flaw: tuple[str, str]) -> None:
    assert told(where)[0] == flaw


def test_without_the_parser_words_are_still_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "postgast", None)
    assert told("missing = 1") == []
    assert told("deletedAt IS NULL") == [("deletedAt", '"deletedAt"')]


def test_names_as_sql_writes_them() -> None:
    assert [quoted(name) for name in ("id", "deletedAt", 'a"b', "1st")] == [
        "id",
        '"deletedAt"',
        '"a""b"',
        '"1st"',
    ]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("size > 1", '"new" > 1'),
        ('SIZE > 1 and "size" < 9', '"new" > 1 and "new" < 9'),
        ("note = 'size' AND size IS NULL", "note = 'size' AND \"new\" IS NULL"),
        ("size(code) > 1 AND x::size = size", 'size(code) > 1 AND x::size = "new"'),
        ('sizes > 1 AND "Size" > 1', 'sizes > 1 AND "Size" > 1'),
        ("E'it\\'s size' = size", "E'it\\'s size' = \"new\""),
    ],
)
def test_another_column_in_place_of_one(where: str, expected: str) -> None:
    assert with_column(where, "size", "new") == expected
