"""Importing the generated client, as `kaven generate` makes it and as prisma-client-py writes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from benchmarks.client_project import MODELS, ClientProject
from benchmarks.measure import Cost, Result, Runner, take_turns
from benchmarks.project import python_command
from benchmarks.table import Row

_LARGE = 262
_AS_GENERATED = "as prisma-client-py writes it"
_GOAL = "the goal of 2.5 s and 300 MB"
_MEMORY_NEEDED = 5e9


class Bench(Protocol):
    """What is needed of `comparisons.Bench`."""

    folder: Path
    rounds: int
    announce: Callable[[str], None]
    large_client: bool


def importing(bench: Bench) -> list[Row]:
    rows = _side_by_side(bench, MODELS, bench.rounds)
    if bench.large_client:
        rows += _large(bench)
    return rows


def _side_by_side(bench: Bench, models: int, rounds: int) -> list[Row]:
    results = _measured(bench, models, rounds, (True, False))
    ours, theirs = results[_what(models)], results[_AS_GENERATED]
    return [
        Row(what=_what(models), ours=ours, against=_AS_GENERATED, theirs=theirs, target=1),
        Row(
            what=f"{_what(models)}: memory",
            ours=ours,
            against=_AS_GENERATED,
            theirs=theirs,
            target=1,
            unit="peak",
        ),
    ]


def _large(bench: Bench) -> list[Row]:
    """What prisma-client-py writes of such a schema takes a minute and gigabytes: once, where there is room."""
    if _free_memory() > _MEMORY_NEEDED:
        rows = _side_by_side(bench, _LARGE, 1)
        ours = rows[0].ours
    else:
        bench.announce(f"import of {_LARGE} models {_AS_GENERATED}: left out, it needs 5 GB of free memory")
        rows = []
        ours = _measured(bench, _LARGE, bench.rounds, (True,))[_what(_LARGE)]
    goal = Result([Cost(2500, 300)] * len(ours.costs))
    return [
        *rows,
        Row(what=_what(_LARGE), ours=ours, against=_GOAL, theirs=goal, target=1),
        Row(what=f"{_what(_LARGE)}: memory", ours=ours, against=_GOAL, theirs=goal, target=1, unit="peak"),
    ]


def _what(models: int) -> str:
    return f"import of a client of {models} models"


def _measured(bench: Bench, models: int, rounds: int, lean: tuple[bool, ...]) -> dict[str, Result]:
    bench.announce(f"import: generating clients of {models} models")
    project = ClientProject(bench.folder / f"importing-{models}", models)
    runners = [_import(project, is_lean, _what(models) if is_lean else _AS_GENERATED) for is_lean in lean]
    return take_turns(runners, rounds, lambda line: bench.announce(f"import of {models} models: {line}"))


def _import(project: ClientProject, lean: bool, name: str) -> Runner:
    folder = project.generate("lean" if lean else "plain", lean=lean)
    return python_command(name, "import db", folder)


def _free_memory() -> float:
    """Bytes; as Linux tells it, none elsewhere."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return 0
    available = next(line for line in text.splitlines() if line.startswith("MemAvailable:"))
    return int(available.split()[1]) * 1024
