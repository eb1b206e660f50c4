"""kaven backup test"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import click

from kaven_schema.cli.backing_up import (
    Place,
    counted,
    from_option,
    json_option,
    of_option,
    open_there,
    proof_json,
)
from kaven_schema.cli.output import echo_json, say
from kaven_schema.diagnostics import ExitCode

if TYPE_CHECKING:
    from kaven_schema.operations.backup.proofs import Proof
    from kaven_schema.syntax.dialect import Dialect


@click.command("test", short_help="prove that a backup restores, on a server made for it")
@click.argument("name", default="latest")
@from_option
@of_option
@click.option("--check", is_flag=True, help="Only see how old the last proof is: for monitoring.")
@click.option(
    "--max-age",
    type=click.IntRange(0),
    default=31,
    show_default=True,
    metavar="DAYS",
    help="With --check: exit 1 if the proof is older.",
)
@click.option("--unprotected", is_flag=True, help="Also one that was made without a key.")
@json_option
def test(
    name: str,
    location: str | None,
    database: str,
    check: bool,
    max_age: int,
    unprotected: bool,
    as_json: bool,
) -> int:
    """Restore a backup into a PostgreSQL of its own, compare rows, constraints and migrations, query every model.

    NAME is a backup's name or its beginning; without, it is the newest. The server is gone afterwards; the proof is
    written beside the backup's manifest.

    \b
    Example:
      kaven backup test
      kaven backup test --check --max-age 31
    """
    place = open_there(location)
    if check:
        return _check(place, database, timedelta(days=max_age), as_json=as_json)
    proof = _prove(place, name, database, unprotected=unprotected)
    if as_json:
        echo_json(proof_json(proof))
        return ExitCode.FINE
    if proof.note:
        say(proof.note)
    rows, tables = counted(proof.rows, "row"), counted(proof.tables, "table")
    asked = f", {counted(proof.queries, 'model')} queried" if proof.queries else ""
    say(
        f"{proof.backup} restores: {tables}, {rows}{asked}, PostgreSQL {proof.server_version},"
        f" {proof.seconds['whole']:.1f} s"
    )
    return ExitCode.FINE


def _prove(place: Place, name: str, database: str, *, unprotected: bool) -> Proof:
    from kaven_schema.cli.migrating import migrations_folder
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.operations.backup.proving import ProofOptions, prove_backup

    settings = place.settings
    migrations = migrations_folder(settings).migrations
    options = ProofOptions(
        root=settings.root,
        schema=settings.output,
        dialect=cast("Dialect", settings.prisma),
        migration=migrations[-1].name if migrations else "",
        unprotected=unprotected,
        progress=on_stderr,
    )
    backup = place.find(name, database, unprotected=unprotected)
    return prove_backup(place.store, place.keys, backup, options)


def _check(place: Place, database: str, max_age: timedelta, *, as_json: bool) -> int:
    from kaven_schema.operations.backup.proving import proof_problem

    catalogue = place.catalogue()
    if meant := database or place.database_meant(catalogue):
        catalogue = catalogue.of(meant)
    problem = proof_problem(catalogue, max_age, datetime.now(UTC))
    proof = catalogue.newest_proof
    if as_json:
        echo_json({"problem": problem or None, "proof": proof_json(proof) if proof else None})
    elif problem:
        todo = "kaven backup test" if catalogue.newest else "kaven backup list, or kaven backup create"
        click.echo(f"{problem}; run: {todo}")
    elif proof:
        click.echo(f"{proof.backup} was restored and compared on {proof.at:%Y-%m-%d}")
    return ExitCode.PROBLEMS if problem else ExitCode.FINE
