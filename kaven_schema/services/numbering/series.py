"""A series, such as INV-2025, and the numbers in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

INVOICES = "INV"
ORDERS = "ORD"

_PREFIX = re.compile(r"[A-Z][A-Z0-9]*", re.ASCII)
_NUMBER = re.compile(r"([A-Z][A-Z0-9]*)-(\d{4})-(\d{1,15})", re.ASCII)


class NumberingMissingError(Exception):
    """The database has no numbering: a row kept its series as its number."""

    def __init__(self, series: str) -> None:
        super().__init__(
            f"the database gave no number of the series {series}: apply the migration that"
            " `kaven services rules --write` makes"
        )


@dataclass(frozen=True, slots=True, order=True)
class Number:
    """INV-2025-001 is `Number("INV", 2025, 1)`; `str` gives the text back, with three digits at least."""

    prefix: str
    year: int
    count: int

    def __str__(self) -> str:
        return f"{self.prefix}-{self.year:04}-{self.count:03}"


def series_of(prefix: str, day: date) -> str:
    """The series of the day's year: `INV-2025`. A datetime counts in its own time zone."""
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"{prefix!r} is no prefix: it takes capital letters, and digits after the first")
    return f"{prefix}-{day.year:04}"


def parse_number(text: str) -> Number | None:
    """None for what is no number of a series."""
    found = _NUMBER.fullmatch(text)
    return Number(found[1], int(found[2]), int(found[3])) if found else None


def check_numbered(series: str, number: str) -> None:
    """Raises NumberingMissingError where the row that was created with a series kept it."""
    if number == series:
        raise NumberingMissingError(series)
