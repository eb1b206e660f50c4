"""What is needless, what is missing, and what must stay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaven_schema.operations.indexes.covering import covers
from kaven_schema.operations.indexes.judging import Kind, judge
from kaven_schema.operations.indexes.live import LiveDatabase
from kaven_schema.operations.indexes.sizes import shown_size
from kaven_schema.rules.predicates import bare, holds_all
from tests.operations.indexes.making import NOW, foreign_key, index, live


def found(database: LiveDatabase, **options: object) -> list[tuple[str, str]]:
    judged = judge(database, **({"min_days": 30} | options))  # type: ignore[arg-type]
    return [
        (one.kind.value, one.index.name if one.index else one.key.name if one.key else "")
        for one in judged.troubles
    ]


def test_unused() -> None:
    idle = index("idle", "a", scans=0)
    assert found(live(idle, index("busy", "b"))) == [("index_unused", "idle")]
    for keeps in (
        {"is_unique": True},
        {"constraint": "p"},
        {"constraint": "x"},
        {"is_replica_identity": True},
    ):
        assert found(live(index("kept", "a", scans=0, **keeps))) == []


def test_the_only_cover_of_a_foreign_key_is_never_called_unused() -> None:
    key = foreign_key("tenant_id")
    one = index("one", "tenant_id", "a", scans=0)
    assert found(live(one, keys=(key,))) == []
    assert found(live(one, index("other", "tenant_id", "b"), keys=(key,))) == [("index_unused", "one")]


def test_of_two_that_alone_serve_a_foreign_key_one_stays() -> None:
    pair = (
        index("small", "tenant_id", "a", scans=0),
        index("large", "tenant_id", "b", scans=0, size=32768),
    )
    assert found(live(*pair, keys=(foreign_key("tenant_id"),))) == [("index_unused", "large")]


def test_too_young_to_judge() -> None:
    idle = index("idle", "a", scans=0)
    young = judge(live(idle, days=10), min_days=30)
    assert (young.troubles, young.unjudged) == ((), (idle,))
    assert found(live(idle, days=10), min_days=0) == [("index_unused", "idle")]
    made = {idle.key: NOW - timedelta(days=3)}
    assert judge(live(idle), min_days=30, made=made).unjudged == (idle,)
    assert judge(live(idle, is_standby=True), min_days=30).unjudged == (idle,)


def test_an_empty_one_had_nothing_to_find() -> None:
    empty = index("empty", "a", scans=0, size=8192)
    judged = judge(live(empty), min_days=0)
    assert (judged.troubles, judged.unjudged) == ((), (empty,))


def test_duplicates() -> None:
    assert found(live(index("a_idx", "a"), index("b_idx", "a"))) == [("index_duplicate", "b_idx")]
    ranked = {("public", "b_idx"): 1}
    assert found(live(index("a_idx", "a"), index("b_idx", "a")), ranks=ranked) == [
        ("index_duplicate", "a_idx")
    ]
    key = index("z_key", "a", is_unique=True, constraint="u")
    assert found(live(index("a_idx", "a"), key)) == [("index_duplicate", "a_idx")]
    assert found(live(key, index("a_key", "a", is_unique=True))) == [("index_duplicate", "a_key")]


@pytest.mark.parametrize(
    "other",
    [
        index("other", "a DESC"),
        index("other", "a", predicate="(a IS NOT NULL)"),
        index("other", "a", method="hash"),
        index("other", "a", table="orders"),
        index("other", "a", includes=("b",)),
        index("other", "a", is_unique=True, constraint="u", is_immediate=False),
        index("other", "a", is_unique=True, nulls_are_equal=True),
    ],
    ids=["order", "predicate", "method", "table", "included", "deferrable", "nulls"],
)
def test_no_duplicates(other) -> None:
    one = index("one", "a", is_unique=other.is_unique)
    assert found(live(one, other)) == []


def test_a_key_that_others_lean_on_stays() -> None:
    leant_on = index("z_key", "a", is_unique=True, constraint="u", keys_on_it=1)
    primary = index("a_pkey", "a", is_unique=True, constraint="p")
    assert found(live(primary, leant_on)) == []


def test_the_beginning_of_another() -> None:
    assert found(live(index("short", "a"), index("long", "a", "b"))) == [("index_redundant", "short")]
    assert found(live(index("short", "b"), index("long", "a", "b"))) == []
    assert found(live(index("short", "a", is_unique=True), index("long", "a", "b"))) == []
    partial = index("short", "a", predicate="(b > 1)")
    assert found(live(partial, index("long", "a", "b"))) == []
    assert found(live(partial, index("long", "a", "b", predicate="(b > 1)"))) == [
        ("index_redundant", "short")
    ]
    assert found(live(index("short", "a", includes=("c",)), index("long", "a", "b"))) == []
    assert found(live(index("short", "a", includes=("b",)), index("long", "a", "b"))) == [
        ("index_redundant", "short")
    ]
    assert found(live(index("short", "a", method="gin"), index("long", "a", "b", method="gin"))) == []


def test_what_will_do_the_work_of_another_is_not_called_unused() -> None:
    short, long = index("short", "a", scans=9), index("long", "a", "b", scans=0)
    assert found(live(short, long)) == [("index_redundant", "short")]
    assert found(live(index("one", "a", scans=0), index("two", "a", scans=9))) == [("index_duplicate", "two")]


def test_a_broken_index_serves_nothing() -> None:
    key = foreign_key("a")
    broken = index("broken", "a", "b", is_valid=False)
    assert found(live(broken, index("short", "a"), keys=(key,))) == [("index_invalid", "broken")]
    assert found(live(broken, keys=(key,))) == [
        ("index_invalid", "broken"),
        ("foreign_key_unindexed", "fkey"),
    ]


@pytest.mark.parametrize(
    ("one", "does"),
    [
        (index("i", "a", "b"), True),
        (index("i", "b", "a", "c"), True),
        (index("i", "a", "c", "b"), False),
        (index("i", "a"), False),
        (index("i", "a", "b", table="orders"), False),
        (index("i", "a", "b", method="gin"), False),
        (index("i", "a", "b", predicate="((a IS NOT NULL) AND (b IS NOT NULL))"), True),
        (index("i", "a", "b", predicate="(a IS NOT NULL)"), True),
        (index("i", "a", "b", predicate="(c IS NOT NULL)"), False),
        (index("i", "a", "b", predicate="((a IS NOT NULL) OR (b IS NOT NULL))"), False),
        (index("i", "a", "b", predicate="(a > 1)"), False),
    ],
)
def test_cover_of_a_foreign_key(one, does: bool) -> None:
    assert covers(one, foreign_key("a", "b")) is does


def test_predicates() -> None:
    assert holds_all('("userId" IS NOT NULL)', ["userId"])
    assert holds_all('("a""b" IS NOT NULL)', ['a"b'])
    assert not holds_all("((a)::text IS NOT NULL)", ["a"])
    assert bare("(a > 1)") == "a > 1"
    assert bare("((a > 1) AND (b > 1))") == "(a > 1) AND (b > 1)"
    assert bare("(a > 1) AND (b > 1)") == "(a > 1) AND (b > 1)"


def test_hash_covers_one_column_alone() -> None:
    assert covers(index("i", "a", method="hash"), foreign_key("a"))
    assert not covers(index("i", "a", "b", method="hash"), foreign_key("a", "b"))


def test_every_kind_is_documented(checkout) -> None:
    page = (checkout / "docs" / "indexes.md").read_text(encoding="utf-8")
    for kind in Kind:
        assert f"`{kind.value}`" in page


def test_sizes() -> None:
    assert [shown_size(size) for size in (0, 1023, 8192, 10240, 12.4 * 2**20, 3 * 2**40)] == [
        "0 bytes",
        "1023 bytes",
        "8.0 kB",
        "10 kB",
        "12 MB",
        "3.0 TB",
    ]
