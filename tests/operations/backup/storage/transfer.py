"""What the tests of stores do again and again."""

from __future__ import annotations

import random
from functools import cache

from kaven_schema.operations.backup.storage import Store

MIB = 1 << 20


def put(store: Store, name: str, data: bytes, *, replace: bool = False, piece: int = 100_000) -> None:
    with store.writer(name, replace=replace) as sink:
        for start in range(0, len(data), piece):
            sink.write(data[start : start + piece])


def get(store: Store, name: str, *, piece: int = 100_000) -> bytes:
    with store.reader(name) as source:
        return b"".join(iter(lambda: source.read(piece), b""))


def names(store: Store, prefix: str = "") -> list[str]:
    return [found.name for found in store.names(prefix)]


@cache
def pattern(size: int, seed: int = 0) -> bytes:
    """Bytes in which no two places look alike."""
    return random.Random(seed).randbytes(size)
