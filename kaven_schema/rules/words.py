"""The words of which a name is made."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@lru_cache(maxsize=8192)
def words(name: str) -> tuple[str, ...]:
    """`twoFactorSecret`, `two_factor_secret` and `TwoFactorSecret` all give two, factor, secret."""
    return tuple(word.lower() for word in _WORD.findall(name))
