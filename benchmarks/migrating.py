"""`kaven migrate deploy` with nothing to do, beside the start-up of Prisma's.

Prisma's is its command line alone: in the place of its native engine, which would connect to the database, stands a
shell script that answers at once that nothing is pending. Ours connects, takes the lock and compares everything;
what PostgreSQL itself spends on that is in the time on the clock, not in the CPU time.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import click

from benchmarks.measure import Runner, take_turns
from benchmarks.project import BenchProject, kaven_command, kaven_environment
from benchmarks.table import Row
from kaven_schema.engines.node import find_node_tools

_DEPLOY = "kaven migrate deploy, nothing to do"
_PRISMA = "prisma migrate deploy, start-up"
_MODELS = 13
_ENGINE = """\
#!/bin/sh
[ "$1" = cli ] && exit 0
while IFS= read -r line; do
  id=${line#*'"id":'}
  case $line in
    *listMigrationDirectories*) result='{"migrations":["20250101000000_dev_all"]}' ;;
    *) result='{"appliedMigrationNames":[]}' ;;
  esac
  echo "{\\"jsonrpc\\":\\"2.0\\",\\"id\\":${id%%,*},\\"result\\":$result}"
done
"""


class Bench(Protocol):
    """What is needed of `comparisons.Bench`."""

    folder: Path
    modules: Path
    environment: dict[str, str]
    rounds: int
    announce: Callable[[str], None]


def deploying(bench: Bench) -> list[Row]:
    project = BenchProject(bench.folder / "deploying", _MODELS)
    project.merge()
    with _migrated(project):
        ours = replace(project.kaven(_DEPLOY, "migrate", "deploy"), environment=_environment())
        results = take_turns(
            (ours, _prisma(bench, project)),
            bench.rounds,
            lambda line: bench.announce(f"migrate deploy: {line}"),
        )
    own, theirs = results[_DEPLOY], results[_PRISMA]
    return [
        Row(what=_DEPLOY, ours=own, against=_PRISMA, theirs=theirs, target=0.5),
        Row(
            what=f"{_DEPLOY}: on the clock",
            ours=own,
            against=_PRISMA,
            theirs=theirs,
            target=0.5,
            unit="wall",
        ),
    ]


@contextmanager
def _migrated(project: BenchProject) -> Iterator[None]:
    """The project's own embedded database, with the project's one migration applied."""
    script = project.schema.parent / "migrations" / "20250101000000_dev_all" / "migration.sql"
    script.parent.mkdir(parents=True)
    try:
        script.write_text(_kaven(project, "migrate", "diff", "--from", "empty", "--script"), encoding="utf-8")
        _kaven(project, "migrate", "deploy", "--embedded")
        yield
    finally:
        _kaven(project, "db", "down")


def _kaven(project: BenchProject, *arguments: str) -> str:
    done = subprocess.run(
        [kaven_command(), *arguments],
        cwd=project.root,
        env=_environment(),
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise click.ClickException(f"kaven {' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout


def _environment() -> dict[str, str]:
    """Nothing that would lead to another database."""
    return {name: value for name, value in kaven_environment().items() if not name.endswith("DATABASE_URL")}


def _prisma(bench: Bench, project: BenchProject) -> Runner:
    engine = bench.folder / "schema-engine"
    engine.write_text(_ENGINE, encoding="ascii")
    engine.chmod(0o755)
    entry = bench.modules / "prisma" / "build" / "index.js"
    nowhere = {
        "DATABASE_URL": "postgresql://kaven@localhost:1/kaven",
        "PRISMA_SCHEMA_ENGINE_BINARY": str(engine),
    }
    return Runner(
        name=_PRISMA,
        command=[find_node_tools().node, str(entry), "migrate", "deploy", "--schema", str(project.schema)],
        folder=project.root,
        environment=bench.environment | nowhere,
    )
