"""How an object is cut into parts: at most 10,000 of them, and never much of it in memory."""

from __future__ import annotations

from io import SEEK_CUR, SEEK_END, SEEK_SET
from mmap import mmap
from typing import IO, cast

MOST_PARTS = 10_000

_MEMORY = 48 << 20
_MOST_IN_FLIGHT = 3
_STEPS = ((1_000, 8 << 20), (3_000, 16 << 20), (MOST_PARTS, 24 << 20))
"""Up to which number, parts of how many bytes."""


def part_bytes(number: int) -> int:
    """The size of the part of this number, from 1."""
    return next((size for last, size in _STEPS if number <= last), _STEPS[-1][1])


def parts_in_flight(size: int) -> int:
    """How many of this size may be under way while the next one fills."""
    return min(_MOST_IN_FLIGHT, _MEMORY // size - 1)


def most_bytes() -> int:
    """The largest object: 203 GiB."""
    return sum(part_bytes(number) for number in range(1, MOST_PARTS + 1))


class Part:
    """A part of one object: filled once, then read as a file, as often as it takes.

    Its memory is the system's own, and goes back at once: what is allocated in one thread and freed in another
    stays with the process, and becomes much.
    """

    def __init__(self, size: int) -> None:
        self._memory = mmap(-1, size)
        self._size = 0
        self._at = 0

    @property
    def file(self) -> IO[bytes]:
        """Itself: it reads, seeks and tells, which is all that boto3 asks of a file."""
        return cast("IO[bytes]", self)

    @property
    def size(self) -> int:
        return self._size

    @property
    def is_full(self) -> bool:
        return self._size == len(self._memory)

    def fill(self, data: memoryview) -> memoryview:
        """Take what there is room for; what there is none for comes back."""
        taken = data[: len(self._memory) - self._size]
        self._memory[self._size : self._size + len(taken)] = taken
        self._size += len(taken)
        return data[len(taken) :]

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._at + size, self._size)
        data = self._memory[self._at : end]
        self._at = end
        return data

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        self._at = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._size}[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        self._memory.close()
