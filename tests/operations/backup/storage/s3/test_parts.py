from __future__ import annotations

from kaven_schema.operations.backup.storage.s3.parts import (
    MOST_PARTS,
    Part,
    most_bytes,
    part_bytes,
    parts_in_flight,
)

MIB = 1 << 20


def test_the_largest_object() -> None:
    """docs/backup-storage.md names it."""
    assert MOST_PARTS == 10_000
    assert most_bytes() == (1_000 * 8 + 2_000 * 16 + 7_000 * 24) * MIB
    assert most_bytes() // 1024 // MIB == 203


def test_parts_never_shrink_and_s3_takes_them() -> None:
    sizes = [part_bytes(number) for number in range(1, MOST_PARTS + 1)]
    assert sizes == sorted(sizes)
    assert min(sizes) >= 5 * MIB


def test_memory_stays_flat() -> None:
    for size in {part_bytes(number) for number in range(1, MOST_PARTS + 1)}:
        assert 1 <= parts_in_flight(size) <= 3
        assert (parts_in_flight(size) + 1) * size <= 48 * MIB


def test_a_part_is_read_as_a_file() -> None:
    part = Part(10)
    assert bytes(part.fill(memoryview(b"abcdef"))) == b""
    assert bool(part.is_full) is False
    assert bytes(part.fill(memoryview(b"ghijkl"))) == b"kl"
    assert bool(part.is_full) is True
    assert (part.file.read(4), part.file.tell(), part.file.read(), part.file.read(4)) == (
        b"abcd",
        4,
        b"efghij",
        b"",
    )
    assert part.file.seek(0, 2) == part.size == 10
    assert part.file.seek(2) == 2
    assert part.file.read(3) == b"cde"
    part.close()


def test_a_part_that_is_not_full_ends_where_its_content_does() -> None:
    part = Part(10)
    part.fill(memoryview(b"abc"))
    assert part.file.seek(0, 2) == 3
    part.file.seek(0)
    assert part.file.read(100) == b"abc"
    part.close()
