"""Which name somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The candidate that is most like `word`, empty if none is; one that differs in case alone comes first."""
    from difflib import get_close_matches

    names = list(candidates)
    folded = word.casefold()
    for name in names:
        if name.casefold() == folded:
            return name
    return next(iter(get_close_matches(word, names, n=1)), "")


def did_you_mean(word: str, candidates: Iterable[str], otherwise: str) -> str:
    """A help line: the nearest candidate, or what to do where there is none."""
    name = nearest(word, candidates)
    return f"did you mean `{name}`?" if name else otherwise


def is_slip(left: str, right: str) -> bool:
    """True where one typing slip lies between two names: a letter more, less, other or swapped, or only the case."""
    if left.casefold() == right.casefold():
        return True
    if len(left) > len(right):
        left, right = right, left
    if len(right) - len(left) > 1:
        return False
    start = _common_prefix(left, right)
    if len(left) < len(right):
        return left[start:] == right[start + 1 :]
    if left[start + 1 :] == right[start + 1 :]:
        return True
    swapped = left[start + 1 : start + 2] + left[start : start + 1] + left[start + 2 :]
    return swapped == right[start:]


def slip_keys(word: str) -> Iterator[str]:
    """Names that a slip lies between share one of these keys, so that they are found without comparing all pairs."""
    folded = word.casefold()
    yield folded
    for index in range(len(folded)):
        yield folded[:index] + folded[index + 1 :]


def _common_prefix(left: str, right: str) -> int:
    for index, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return index
    return min(len(left), len(right))
