"""Which name somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The candidate most like `word`, empty if none is; one that differs in case alone comes first."""
    from difflib import get_close_matches

    names = list(candidates)
    folded = word.casefold()
    for name in names:
        if name.casefold() == folded:
            return name
    return next(iter(get_close_matches(word, names, n=1)), "")


class Suggestions:
    """Names to suggest, for so many unknown ones: where more are unknown a file is missing, not a letter."""

    def __init__(self, names: Sequence[str], limit: int = 100) -> None:
        self._names = names
        self._left = limit

    def nearest(self, word: str) -> str:
        self._left -= 1
        return nearest(word, self._names) if self._left >= 0 else ""


def is_slip(left: str, right: str) -> bool:
    """True where two names are a typing slip apart: a letter more, less, other or swapped, or the case.

    A digit is no slip: `Address1` and `Address2` are two names.
    """
    shorter, longer = sorted((left.casefold(), right.casefold()), key=len)
    if len(longer) - len(shorter) > 1 or _digits(shorter) != _digits(longer):
        return False
    start = _common_prefix(shorter, longer)
    rest, longer_rest = shorter[start:], longer[start:]
    if len(shorter) < len(longer):
        return rest == longer_rest[1:]
    return rest[1:] == longer_rest[1:] or rest[1:2] + rest[:1] + rest[2:] == longer_rest


def _digits(name: str) -> str:
    return "".join(letter for letter in name if letter.isdigit())


def slip_keys(word: str) -> Iterator[str]:
    """Names that are a slip apart share one of these keys, so that not all pairs need be compared."""
    folded = word.casefold()
    yield folded
    for index, letter in enumerate(folded):
        if not letter.isdigit():
            yield folded[:index] + folded[index + 1 :]


def _common_prefix(left: str, right: str) -> int:
    for index, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return index
    return min(len(left), len(right))
