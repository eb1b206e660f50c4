"""`kaven docs` on a large schema, beside Prisma's formatter on the same, and beside the goal."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from benchmarks.comparators import PRISMA_FORMAT, prisma_format
from benchmarks.measure import Cost, Result, take_turns
from benchmarks.project import BenchProject
from benchmarks.table import Row

_MODELS = 262
_DOCS = f"kaven docs of {_MODELS} models"
_GOAL = "the goal of 5 s"


class Bench(Protocol):
    """What is needed of `comparisons.Bench`."""

    folder: Path
    modules: Path
    environment: dict[str, str]
    rounds: int
    announce: Callable[[str], None]


def documenting(bench: Bench) -> list[Row]:
    """Each time from nothing: no cache of the compiler's, no site."""
    project = BenchProject(bench.folder / "documenting", _MODELS)
    project.merge()
    copy = bench.folder / "formatted" / "documenting.prisma"
    copy.parent.mkdir(exist_ok=True)
    copy.write_bytes(project.schema.read_bytes())

    def forget() -> None:
        project.forget()
        shutil.rmtree(project.root / "site", ignore_errors=True)

    results = take_turns(
        (
            project.kaven(_DOCS, "docs", prepare=forget),
            prisma_format(bench.modules, copy, bench.environment),
        ),
        bench.rounds,
        lambda line: bench.announce(f"docs: {line}"),
    )
    ours = results[_DOCS]
    goal = Result([Cost(5000, 0, 5000)] * bench.rounds)
    return [
        Row(what=_DOCS, ours=ours, against=PRISMA_FORMAT, theirs=results[PRISMA_FORMAT]),
        Row(what=f"{_DOCS}: on the clock", ours=ours, against=_GOAL, theirs=goal, target=1, unit="wall"),
    ]
