"""From nothing to a seeded database, on the clock: one number, and the commands that it is made of."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from benchmarks.client_project import ClientProject
from benchmarks.measure import Cost, Result
from benchmarks.table import Row

_STEPS: tuple[tuple[str, ...], ...] = (("generate",), ("db", "up"), ("migrate", "deploy"), ("seed",))
_WHOLE = "from nothing to a seeded database"
_MOST_ROUNDS = 2


class Bench(Protocol):
    """What is needed of `comparisons.Bench`."""

    folder: Path
    rounds: int
    announce: Callable[[str], None]


def seeding(bench: Bench) -> list[Row]:
    rounds = min(bench.rounds, _MOST_ROUNDS)
    project = ClientProject(bench.folder / "seeding")
    project.write_migration()
    results = {step: Result() for step in _STEPS}
    whole = Result()
    for number in range(rounds + 1):
        bench.announce(f"{_WHOLE}: round {number} of {rounds}" if number else f"{_WHOLE}: warming up")
        times = _once(project)
        if number:
            for step, wall in times.items():
                results[step].costs.append(Cost(0, 0, wall))
            whole.costs.append(Cost(0, 0, sum(times.values())))
    return [
        Row(
            what=f"kaven {' '.join(step)}, on the clock",
            ours=result,
            against=_WHOLE,
            theirs=whole,
            unit="wall",
        )
        for step, result in results.items()
    ]


def _once(project: ClientProject) -> dict[tuple[str, ...], float]:
    """Milliseconds of each command, on the schemas and the migration alone."""
    project.forget()
    shutil.rmtree(project.root / "app", ignore_errors=True)
    try:
        return {step: _timed(project, step) for step in _STEPS}
    finally:
        project.run("db", "down")


def _timed(project: ClientProject, step: tuple[str, ...]) -> float:
    began = time.perf_counter()
    project.run(*step)
    return (time.perf_counter() - began) * 1000
