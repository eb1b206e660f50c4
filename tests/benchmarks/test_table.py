"""Ratios, and the three shapes that they are shown in."""

from __future__ import annotations

import json

from benchmarks.measure import Cost, Result
from benchmarks.table import Row, as_json, as_markdown, as_text

FAST = Result([Cost(10, 30), Cost(20, 40), Cost(90, 50)])
SLOW = Result([Cost(100, 160)] * 3)
START_UP = Result([Cost(10, 30)] * 3)
FAILED = Result(failure="exit 1: no engine")

ROWS = [
    Row(what="merge", ours=FAST, against="format", theirs=SLOW, target=0.4),
    Row(what="memory", ours=FAST, against="format", theirs=SLOW, unit="peak"),
    Row(what="a model", ours=SLOW, against="few", theirs=FAST, shares=(10, 2), start_up=START_UP),
    Row(what="merge", ours=FAST, against="other", theirs=FAILED, target=1),
]


def test_ratios_are_of_medians() -> None:
    figures = [row.figures() for row in ROWS]
    assert [found and found.ratio for found in figures] == [0.2, 0.25, (90 / 10) / (10 / 2), None]
    assert figures[0]
    assert (figures[0].ours, figures[0].ours_least) == (20, 10)


def test_a_table_for_people() -> None:
    assert as_text(ROWS, ["on a machine"]).splitlines() == [
        "on a machine",
        "",
        "what       kaven   min  against                            median   min    ratio   target",
        "merge      20 ms    10  format                             100 ms   100  0.200 ×  ≤ 0.4 ×",
        "memory     40 MB    30  format                             160 MB   160  0.250 ×",
        "a model  9.00 ms  9.00  few                               5.00 ms  0.00  1.800 ×",
        "merge                   other: failed, exit 1: no engine                            ≤ 1 ×",
    ]


def test_a_table_in_markdown_has_a_cell_for_every_column() -> None:
    lines = as_markdown(ROWS, ["on a machine"]).splitlines()
    assert lines[0] == "- on a machine"
    assert {line.count("|") for line in lines[2:]} == {9}
    assert "| merge | 20 ms | 10 | format | 100 ms | 100 | 0.200 × | ≤ 0.4 × |" in lines


def test_json_has_the_figures_unrounded() -> None:
    report = json.loads(json.dumps(as_json(ROWS, ["on a machine"])))
    assert report["rows"][0]["kaven"] == {"median": 20, "minimum": 10}
    assert report["rows"][3]["failure"] == "exit 1: no engine"
    assert report["rows"][3]["ratio"] is None
