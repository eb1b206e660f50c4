"""How an object is cut into parts: at most 10,000 of them, and never much of it in memory."""

from __future__ import annotations

MOST_PARTS = 10_000

_MEMORY = 64 << 20
_MOST_IN_FLIGHT = 3
_STEPS = ((1_000, 8 << 20), (3_000, 16 << 20), (MOST_PARTS, 32 << 20))
"""Up to which number, parts of how many bytes."""


def part_bytes(number: int) -> int:
    """The size of the part of this number, from 1."""
    return next(size for last, size in _STEPS if number <= last)


def parts_in_flight(size: int) -> int:
    """How many of this size may be under way while the next one fills."""
    return min(_MOST_IN_FLIGHT, _MEMORY // size - 1)


def most_bytes() -> int:
    """The largest object: 257 GiB."""
    return sum(part_bytes(number) for number in range(1, MOST_PARTS + 1))
