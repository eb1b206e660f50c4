"""What people are told beside the findings."""

from __future__ import annotations

from kaven_schema.operations.indexes.examining import Examination, Limits
from kaven_schema.operations.indexes.live import LiveDatabase, LiveIndex
from tests.operations.indexes.making import index, live


def examined(database: LiveDatabase, *unjudged: LiveIndex) -> Examination:
    return Examination(
        database=database, findings=(), unjudged=unjudged, unmeasured=unjudged[:1], limits=Limits()
    )


def test_nothing_to_say() -> None:
    found = examined(live(index("a_idx", "a"), days=40))
    assert list(found.notes()) == []
    assert found.headline() == (
        "1 table of 0 bytes, 1 index of 16 kB; uses counted for 40 days, since 2026-10-13 00:00"
    )


def test_a_standby_judges_no_use() -> None:
    (only, statistics) = examined(live(is_standby=True), index("a_idx", "a")).notes()
    assert "no index is called unused here" in only
    assert "run ANALYZE" in statistics


def test_a_primary_with_standbys_that_was_never_reset() -> None:
    notes = list(examined(live(days=0.1, standbys=2, was_reset=False)).notes())
    assert [note.split()[0] for note in notes] == ["2", "nobody"]
    assert "for 144 minutes" not in examined(live(days=0.1)).headline()
    assert "for 2 hours" in examined(live(days=0.1)).headline()


def test_one_of_a_kind() -> None:
    notes = list(examined(live(standbys=1), index("a_idx", "a")).notes())
    assert notes[1].startswith("a standby counts for itself:")
    assert "the bloat of 1 index:" in notes[2]
    assert "for 1 minute," in examined(live(days=1 / 1440)).headline()


def test_many_are_not_all_named() -> None:
    idle = [index(f"i{number}", "a") for number in range(7)]
    assert "i0, i1, i2, i3, i4 and 2 more" in next(examined(live(), *idle).notes())
