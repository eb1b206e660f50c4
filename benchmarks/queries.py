"""Queries through the client that `kaven generate` makes, beside other ways to the same row, and where the
time goes. All run in turn, each in a process of its own; the two Prisma clients have the same engine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import click

from benchmarks.client_project import ClientProject
from benchmarks.measure import Cost, Result
from benchmarks.project import kaven_environment
from benchmarks.table import Row
from kaven_schema.client.engine import VARIABLE
from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.engines.node import find_node_tools
from kaven_schema.engines.packages import ensure_packages
from kaven_schema.engines.query_engine import RECIPE, query_engine_path

_OURS = "kaven's client"
_PLAIN = "prisma-client-py as it comes"
_SQLALCHEMY = "SQLAlchemy asyncio"
_PSYCOPG = "psycopg asyncio"
_WHOLE = "the whole query"
_TURNS = ((1, 300), (50, 500), (500, 500))
"""How many at once, and how many in all."""
_MOST_ROUNDS = 3
_TARGETS = {(1, _PLAIN): 0.6, (500, _PLAIN): 0.6}
_HOST = Path(__file__).resolve().parent.parent / "kaven_schema" / "engines" / "query_host"


class Bench(Protocol):
    """What is needed of `comparisons.Bench`."""

    folder: Path
    rounds: int
    announce: Callable[[str], None]


class _Worker:
    """A running `query_worker`."""

    def __init__(self, kind: str, url: str, server: int, client: Path) -> None:
        root = Path(__file__).resolve().parent.parent
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.query_worker", kind, url, str(server)],
            cwd=root,
            env=kaven_environment()
            | {"PYTHONPATH": f"{client}{os.pathsep}{root}", VARIABLE: str(query_engine_path())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        ready = self._answer()
        if not ready:
            raise click.ClickException(f"the benchmark's {kind} does not start")
        self.query: str = json.loads(ready)["query"]

    def ask(self, at_once: int, queries: int) -> dict[str, float]:
        """Milliseconds a query: on the clock, and of processor time by process."""
        assert self._process.stdin
        self._process.stdin.write(f"{at_once} {queries}\n")
        self._process.stdin.flush()
        took: dict[str, float] = json.loads(self._answer())
        return {name: seconds * 1000 / queries for name, seconds in took.items()}

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def stop(self) -> None:
        self._process.communicate(timeout=30)


def querying(bench: Bench) -> list[Row]:
    bench.announce("queries: making the database and the clients")
    project = ClientProject(bench.folder / "querying")
    clients = {_OURS: project.generate("app", lean=True), _PLAIN: project.generate("plain", lean=False)}
    with project.database() as url, _workers(project, url, clients) as workers:
        results, parts = _rounds(bench, workers)
        alone = _engine_alone(project, url, workers[_OURS].query)
    return [*_against_others(results), *_where_it_goes(parts, alone)]


@contextmanager
def _workers(project: ClientProject, url: str, clients: dict[str, Path]) -> Iterator[dict[str, _Worker]]:
    running = EmbeddedServer(project.root).running()
    assert running
    kinds = {_OURS: "client", _PLAIN: "client", _SQLALCHEMY: "sqlalchemy", _PSYCOPG: "psycopg"}
    with ExitStack() as stack:
        workers = {}
        for name, kind in kinds.items():
            workers[name] = _Worker(kind, url, running.pid, clients.get(name, project.root))
            stack.callback(workers[name].stop)
        yield workers


_Results = dict[tuple[int, str], Result]


def _rounds(bench: Bench, workers: dict[str, _Worker]) -> tuple[_Results, dict[str, Result]]:
    rounds = min(bench.rounds, _MOST_ROUNDS)
    results: _Results = {(at_once, name): Result() for at_once, _ in _TURNS for name in workers}
    parts: dict[str, Result] = {}
    for number in range(rounds + 1):
        bench.announce(f"queries: round {number} of {rounds}" if number else "queries: warming up")
        for at_once, queries in _TURNS:
            for name, worker in workers.items():
                took = worker.ask(at_once, queries)
                if not number:
                    continue
                results[at_once, name].costs.append(Cost(took["client"], 0, took["wall"]))
                if (at_once, name) == (1, _OURS):
                    _keep(parts, took, worker.ask(0, queries))
    return results, parts


def _keep(parts: dict[str, Result], took: dict[str, float], http: dict[str, float]) -> None:
    """Processor time by what it is for; what HTTP costs is known from requests that need no engine."""
    found = {
        "client": max(took["client"] - http["client"], 0),
        "http": http["client"] + http["engine"],
        "host": took["engine"],
        "http of host": http["engine"],
        "postgres": took["postgres"],
        "whole": took["client"] + took["engine"] + took["postgres"],
    }
    for name, milliseconds in found.items():
        parts.setdefault(name, Result()).costs.append(Cost(milliseconds, 0))


def _engine_alone(project: ClientProject, url: str, graphql: str) -> dict[str, float]:
    """Milliseconds a query in the engine, in the driver and in the translation, each by itself."""
    script = Path(__file__).with_name("query_parts.mjs")
    done = subprocess.run(
        [find_node_tools().node, str(script), str(_HOST), str(ensure_packages(RECIPE)), str(project.schema), graphql],
        env=kaven_environment() | {"DATABASE_URL": url},
        check=False,
        capture_output=True,
        text=True,
    )  # fmt: skip
    if done.returncode:
        raise click.ClickException(f"the engine alone cannot be measured:\n{done.stderr}")
    return {name: microseconds / 1000 for name, microseconds in json.loads(done.stdout).items()}


def _against_others(results: _Results) -> list[Row]:
    return [
        Row(
            what=f"a query, {at_once} at once, on the clock",
            ours=results[at_once, _OURS],
            against=other,
            theirs=results[at_once, other],
            target=_TARGETS.get((at_once, other)),
            unit="wall",
        )
        for at_once, _ in _TURNS
        for other in (_PLAIN, _SQLALCHEMY, _PSYCOPG)
    ]


def _where_it_goes(parts: dict[str, Result], alone: dict[str, float]) -> list[Row]:
    rounds = len(parts["whole"].costs)
    engine, driver, translation = (
        Result([Cost(alone[name], 0)] * rounds) for name in ("engine", "driver", "translation")
    )
    own = [Cost(cost.cpu + alone["driver"] + alone["translation"], 0) for cost in parts["http of host"].costs]
    rest = [
        Cost(max(whole.cpu - host.cpu - alone["engine"], 0), 0)
        for whole, host in zip(parts["host"].costs, own, strict=True)
    ]
    shares = {
        "the client's Python": parts["client"],
        "HTTP, both sides": parts["http"],
        "the translation": translation,
        "Prisma's engine": engine,
        "the driver": driver,
        "what the host's parts cost more together": Result(rest),
        "PostgreSQL": parts["postgres"],
    }
    return [
        *(
            Row(what=f"a query: of it {name}", ours=part, against=_WHOLE, theirs=parts["whole"])
            for name, part in shares.items()
        ),
        Row(
            what="the engine's host: HTTP, translation, driver",
            ours=Result(own),
            against="Prisma's engine in it",
            theirs=engine,
            target=1,
        ),
    ]
