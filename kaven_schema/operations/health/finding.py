"""One line of an examination: what was looked at, how it is, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Colour(StrEnum):
    """`RED` is to be mended now, `YELLOW` to be looked at; also what could not be looked at is yellow."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """`do` is an imperative line that says what to type; empty where there is nothing to do."""

    check: str
    colour: Colour
    what: str
    do: str = ""

    def as_json(self) -> dict[str, str]:
        return {"check": self.check, "colour": self.colour.value, "what": self.what, "do": self.do}


def worst(findings: Iterable[Finding]) -> Colour:
    """Green where there is none."""
    colours = {finding.colour for finding in findings}
    return next((one for one in (Colour.RED, Colour.YELLOW) if one in colours), Colour.GREEN)
