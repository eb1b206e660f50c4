"""Versions as semver.org 2.0.0 orders them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

from kaven_schema.diagnostics import ExitCode, KavenError

_NUMBER = r"(0|[1-9]\d{0,8})"
_WORD = r"(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
_PATTERN = re.compile(
    rf"v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_WORD}(?:\.{_WORD})*))?(?:\+([0-9A-Za-z.-]+))?", re.ASCII
)


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version. What stands behind `+` counts for nothing when two are compared."""

    major: int
    minor: int
    patch: int
    pre: tuple[str, ...] = ()
    build: str = ""

    @staticmethod
    def parse(text: str) -> Version:
        """Raises KavenError `version_invalid` (exit 2)."""
        found = _PATTERN.fullmatch(text) if len(text) < 200 else None
        if found is None:
            raise KavenError(
                "version_invalid",
                f"{text[:60]!r} is no semantic version",
                help="write three numbers, and behind a `-` what comes before a release: 2.1.0, 3.0.0-rc.1",
                exit_code=ExitCode.WRONG_USE,
            )
        pre = tuple(found[4].split(".")) if found[4] else ()
        return Version(int(found[1]), int(found[2]), int(found[3]), pre, found[5] or "")

    @property
    def is_preview(self) -> bool:
        return bool(self.pre)

    def _order(self) -> tuple[object, ...]:
        # Numbers come before words, and whatever has a suffix before what has none.
        words = tuple((0, int(word), "") if word.isdigit() else (1, 0, word) for word in self.pre)
        return (self.major, self.minor, self.patch, not self.pre, words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._order() == other._order()

    def __lt__(self, other: object) -> bool:
        return self._order() < other._order() if isinstance(other, Version) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._order())

    def __str__(self) -> str:
        pre = f"-{'.'.join(self.pre)}" if self.pre else ""
        return f"{self.major}.{self.minor}.{self.patch}{pre}{f'+{self.build}' if self.build else ''}"
