"""`make bench`: whole processes side by side, CPU time and memory. Figures only: nothing passes or fails."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import tempfile
from pathlib import Path

import click

from benchmarks.backup import QUICK_USERS, USERS
from benchmarks.comparisons import Bench
from benchmarks.table import as_json, as_markdown, as_text
from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.node import find_node_tools

_ROUNDS, _QUICK_ROUNDS = 9, 3


@click.command()
@click.option("--quick", is_flag=True, help=f"{_QUICK_ROUNDS} rounds, and backups of a small database.")
@click.option("--rounds", type=click.IntRange(min=1), help=f"How many rounds.  [default: {_ROUNDS}]")
@click.option("--large-client", is_flag=True, help="Also a client of 262 models: minutes, and 5 GB.")
@click.option(
    "--backup-users",
    type=click.IntRange(min=1),
    help=f"Users in the database that is backed up.  [default: {USERS}, which are 1 GB]",
)
@click.option("--markdown", "shape", flag_value="markdown", help="Print a Markdown table.")
@click.option("--json", "shape", flag_value="json", help="Print as JSON, unrounded.")
def command(
    quick: bool, rounds: int | None, large_client: bool, backup_users: int | None, shape: str | None
) -> None:
    """Measure kaven beside Prisma's formatter and another merger, and print the ratios."""
    with tempfile.TemporaryDirectory(prefix="kaven-bench-") as folder:
        try:
            bench = Bench(
                Path(folder),
                rounds or (_QUICK_ROUNDS if quick else _ROUNDS),
                lambda line: click.echo(line, err=True),
                large_client=large_client,
                backup_users=backup_users or (QUICK_USERS if quick else USERS),
            )
            rows = bench.rows()
        except KavenError as error:
            raise click.ClickException(f"{error.message}\nhelp: {error.help}") from None
    about = _about(bench)
    if shape == "json":
        click.echo(json.dumps(as_json(rows, about), indent=2, ensure_ascii=False))
    else:
        click.echo((as_markdown if shape == "markdown" else as_text)(rows, about))


def _about(bench: Bench) -> list[str]:
    asked = subprocess.run([find_node_tools().node, "--version"], check=True, capture_output=True, text=True)
    pinned = json.loads((Path(__file__).parent / "npm" / "package.json").read_bytes())["dependencies"]
    machine = f"{platform.machine()} with {os.cpu_count()} CPUs"
    programs = ", ".join(f"{name} {version}" for name, version in pinned.items())
    return [
        f"CPU time (user and system) in turn, or time on the clock, {bench.rounds} rounds; ratios of medians",
        f"{machine}, Python {platform.python_version()}, Node {asked.stdout.strip()[1:]}, {programs}",
        *bench.sizes,
    ]


if __name__ == "__main__":
    command(prog_name="python -m benchmarks")
