"""What is gone under one name and there under another: a guess, and how sure it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

# Beyond this many pairs nobody would call it a rename, and looking at each would take long.
_MOST_PAIRS = 4_000
_SURE = 0.6
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Renames(Generic[Item]):
    """By the identity of what is gone: `alike` is the only new one of the same shape, `sure` the one it became."""

    alike: dict[int, Item]
    sure: dict[int, Item]


def guess_renames(
    removed: Sequence[Item],
    added: Sequence[Item],
    shapes: tuple[Callable[[Item], Hashable], Callable[[Item], Hashable]],
    likeness: Callable[[Item, Item], float],
) -> Renames[Item]:
    """`shapes` are functions for the old side and the new one; `likeness` is 1 for what is surely the same."""
    alike = _only_ones(removed, added, shapes)
    pairs = [(likeness(old, alike[id(old)]), old, alike[id(old)]) for old in removed if id(old) in alike]
    if len(removed) * len(added) <= _MOST_PAIRS:
        pairs += [(likeness(old, new), old, new) for old in removed for new in added]
    return Renames(alike, dict(_best(pairs)))


def _only_ones(
    removed: Sequence[Item],
    added: Sequence[Item],
    shapes: tuple[Callable[[Item], Hashable], Callable[[Item], Hashable]],
) -> dict[int, Item]:
    olds: dict[Hashable, list[Item]] = {}
    news: dict[Hashable, list[Item]] = {}
    for found, items, shape in ((olds, removed, shapes[0]), (news, added, shapes[1])):
        for item in items:
            found.setdefault(shape(item), []).append(item)
    return {
        id(items[0]): news[shape][0]
        for shape, items in olds.items()
        if len(items) == 1 and len(news.get(shape, ())) == 1
    }


def _best(pairs: Sequence[tuple[float, Item, Item]]) -> Iterator[tuple[int, Item]]:
    """The likeliest pairs first, each item in one at most."""
    taken: set[int] = set()
    for score, old, new in sorted(pairs, key=lambda pair: -pair[0]):
        if score >= _SURE and id(old) not in taken and id(new) not in taken:
            taken |= {id(old), id(new)}
            yield id(old), new


def name_likeness(old: str, new: str) -> float:
    """From 0 to 1: how alike two names are. What differs in its number alone, as `line1` and `line2`, is two things."""
    from difflib import SequenceMatcher

    first, second = old.casefold().replace("_", ""), new.casefold().replace("_", "")
    if first != second and _DIGITS.sub("", first) == _DIGITS.sub("", second):
        return 0.0
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
