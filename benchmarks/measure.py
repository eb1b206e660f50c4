"""What a process costs: its CPU time and the memory it held at most, as the operating system counted them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Literal

Unit = Literal["cpu", "peak", "wall"]

_BYTES_PER_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU time in milliseconds, user and system, children included; peak resident memory in megabytes;
    `wall` is the time from start to end in milliseconds.

    A process begins with this one's memory, so that nothing below some 30 MB can be told apart.
    """

    cpu: float
    peak: float
    wall: float = 0.0


def do_nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A command, and what has to be done before each turn, which is not measured."""

    name: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    prepare: Callable[[], object] = do_nothing


@dataclass(slots=True)
class Result:
    """All turns of one runner. `failure` is why there are no figures."""

    costs: list[Cost] = field(default_factory=list)
    failure: str = ""

    def median(self, unit: Unit) -> float:
        return median(self._figures(unit))

    def minimum(self, unit: Unit) -> float:
        return min(self._figures(unit))

    def _figures(self, unit: Unit) -> list[float]:
        return [getattr(cost, unit) for cost in self.costs]


def take_turns(runners: Sequence[Runner], rounds: int, announce: Callable[[str], None]) -> dict[str, Result]:
    """Each runner once a round, A B C A B C …, so that a busy moment of the machine hits all alike.

    A first round goes unmeasured. Who fails once is out, for a failure's cost is no figure.
    """
    results = {runner.name: Result() for runner in runners}
    for number in range(rounds + 1):
        announce(f"round {number} of {rounds}" if number else "warming up")
        for runner in runners:
            result = results[runner.name]
            if result.failure:
                continue
            runner.prepare()
            cost = _run(runner)
            if isinstance(cost, str):
                result.failure = cost
                announce(f"{runner.name} failed: {cost}")
            elif number:
                result.costs.append(cost)
    return results


def _run(runner: Runner) -> Cost | str:
    """One turn's cost, or why it failed."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            runner.command,
            cwd=runner.folder,
            env=runner.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = (time.perf_counter() - began) * 1000
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            lines = said.read().decode("utf-8", "replace").strip().splitlines()
            return f"exit {process.returncode}: {lines[0] if lines else 'without a word'}"
    milliseconds = (usage.ru_utime + usage.ru_stime) * 1000
    return Cost(milliseconds, usage.ru_maxrss * _BYTES_PER_RSS_UNIT / 1e6, wall)
