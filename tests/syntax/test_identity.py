from __future__ import annotations

from kaven_schema.syntax.ast import Constant
from kaven_schema.syntax.identity import OncePerTree


def test_one_object_is_looked_at_once_and_an_equal_one_anew():
    seen: list[Constant] = []

    def name_of(node: Constant) -> str:
        seen.append(node)
        return node.name

    once = OncePerTree(name_of)
    first, second = Constant(name="a"), Constant(name="a")
    assert [once(first), once(first), once(second)] == ["a", "a", "a"]
    assert len(seen) == 2
    assert seen[0] is first
    assert seen[1] is second


def test_what_is_remembered_is_bounded():
    once: OncePerTree[Constant, str] = OncePerTree(lambda node: node.name, most=10)
    for number in range(100):
        assert once(Constant(name=str(number))) == str(number)
    assert len(once._results) <= 10
