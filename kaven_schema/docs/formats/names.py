"""Text made fit for formats that cannot hold everything."""

from __future__ import annotations

import re


def one_line(text: str) -> str:
    return " ".join(text.split())


def word(text: str) -> str:
    """Letters, digits and underscores of ASCII, beginning with a letter; other characters become underscores."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", text)
    return plain if re.match(r"[A-Za-z]", plain) else f"x{plain}"


def words_apart(names: list[str]) -> dict[str, str]:
    """By name a `word` that no other name has."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = free = word(name)
        number = 2
        while free in taken:
            free, number = f"{plain}_{number}", number + 1
        taken.add(free)
        found[name] = free
    return found
