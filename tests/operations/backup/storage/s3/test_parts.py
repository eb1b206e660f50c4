from __future__ import annotations

from kaven_schema.operations.backup.storage.s3.parts import (
    MOST_PARTS,
    most_bytes,
    part_bytes,
    parts_in_flight,
)

MIB = 1 << 20


def test_the_largest_object() -> None:
    """docs/backups.md names it."""
    assert MOST_PARTS == 10_000
    assert most_bytes() == (1_000 * 8 + 2_000 * 16 + 7_000 * 32) * MIB
    assert most_bytes() // 1024 // MIB == 257


def test_parts_never_shrink_and_s3_takes_them() -> None:
    sizes = [part_bytes(number) for number in range(1, MOST_PARTS + 1)]
    assert sizes == sorted(sizes)
    assert min(sizes) >= 5 * MIB


def test_memory_stays_flat() -> None:
    for size in {part_bytes(number) for number in range(1, MOST_PARTS + 1)}:
        assert 1 <= parts_in_flight(size) <= 3
        assert (parts_in_flight(size) + 1) * size <= 64 * MIB
