"""Turns, failures and what the operating system counts, on small real processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.measure import Runner, do_nothing, take_turns


@pytest.fixture
def runner(tmp_path: Path) -> Callable[..., Runner]:
    def make(name: str, code: str, prepare: Callable[[], object] = do_nothing) -> Runner:
        command = [sys.executable, "-c", code]
        return Runner(name=name, command=command, folder=tmp_path, environment=os.environ, prepare=prepare)

    return make


def test_runners_take_turns_after_a_round_that_does_not_count(runner, tmp_path: Path) -> None:
    seen: list[str] = []
    note = "from pathlib import Path; Path('turns').open('a').write({!r})"
    runners = [runner(name, note.format(name), lambda name=name: seen.append(name)) for name in "AB"]
    results = take_turns(runners, 3, lambda _: None)
    assert (tmp_path / "turns").read_text() == "AB" * 4
    assert seen == list("AB" * 4)
    assert {name: len(result.costs) for name, result in results.items()} == {"A": 3, "B": 3}


def test_a_failure_is_no_figure_and_ends_the_runners_turns(runner) -> None:
    announced: list[str] = []
    fails = runner("fails", "import sys; print('out of order', file=sys.stderr); sys.exit(3)")
    works = runner("works", "pass")
    results = take_turns([fails, works], 2, announced.append)
    assert (results["fails"].costs, results["fails"].failure) == ([], "exit 3: out of order")
    assert len(results["works"].costs) == 2
    assert [line for line in announced if "fails" in line] == ["fails failed: exit 3: out of order"]


def test_work_and_memory_are_counted(runner) -> None:
    busy = runner("busy", "sum(range(3_000_000)); kept = bytearray(200_000_000)")
    idle = runner("idle", "import time; time.sleep(0.3)")
    results = take_turns([busy, idle], 1, lambda _: None)
    assert results["busy"].minimum("cpu") > results["idle"].minimum("cpu")
    assert results["busy"].minimum("peak") > 200
    assert results["busy"].median("peak") == results["busy"].minimum("peak")


def test_the_cost_of_children_is_the_runners(runner) -> None:
    work = "sum(range(6_000_000))"
    starts = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])"
    results = take_turns([runner("parent", starts), runner("nothing", "pass")], 1, lambda _: None)
    assert results["parent"].minimum("cpu") > 2 * results["nothing"].minimum("cpu")
