"""Programs as ends of a pipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.operations.backup.processes import ProgramFailedError, chunks, running

SH = "/bin/sh"


def test_what_it_writes() -> None:
    with running([SH, "-c", "printf abc; printf def"], stdout=True) as program:
        assert b"".join(chunks(program.stdout)) == b"abcdef"


def test_what_it_reads(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with running([SH, "-c", f"cat > {file}"], stdin=True) as program:
        assert program.feed(b"x" * 3_000_000)
    assert file.stat().st_size == 3_000_000


@pytest.mark.parametrize(
    ("script", "status", "said"),
    [
        ("exit 4", 4, ""),
        ("echo 'sh: error: one' >&2; echo more >&2; exit 1", 1, "error: one"),
        ("echo plain >&2; exit 1", 1, "plain"),
        ("kill -9 $$", -9, ""),
    ],
)
def test_how_it_ended(script: str, status: int, said: str) -> None:
    with pytest.raises(ProgramFailedError) as caught, running([SH, "-c", script]):
        pass
    assert (caught.value.status, caught.value.said) == (status, said)


def test_status_counts_though_all_was_read() -> None:
    with pytest.raises(ProgramFailedError), running([SH, "-c", "printf abc; exit 1"], stdout=True) as program:
        assert b"".join(chunks(program.stdout)) == b"abc"


def test_it_may_stop_reading_when_it_has_seen_enough() -> None:
    with running([SH, "-c", "head -c 10 > /dev/null"], stdin=True) as program:
        fed = [program.feed(b"x" * 1_000_000) for _ in range(20)]
    assert fed[-1] is False


def test_it_does_not_outlive_the_block() -> None:
    with pytest.raises(ZeroDivisionError), running([SH, "-c", "exec sleep 100"], stdout=True) as program:
        raise ZeroDivisionError
    assert program.process.returncode == -9


def test_a_flood_of_errors_blocks_nothing() -> None:
    script = (
        "i=0; while [ $i -lt 20000 ]; do echo 'a line of some length, again and again' >&2; i=$((i+1)); done"
    )
    with running([SH, "-c", f"{script}; printf done"], stdout=True) as program:
        assert b"".join(chunks(program.stdout)) == b"done"


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), running([tmp_path / "none"]):
        pass
