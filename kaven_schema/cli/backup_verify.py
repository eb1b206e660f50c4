"""kaven backup verify"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kaven_schema.cli.backing_up import error_json, from_option, json_option, open_place
from kaven_schema.cli.output import echo_json, echo_report, say
from kaven_schema.diagnostics import ExitCode, KavenError

if TYPE_CHECKING:
    from kaven_schema.operations.backup.verifying import Verified


@click.command("verify", short_help="read backups wholly, and compare every byte")
@click.argument("name", default="latest")
@click.option("--all", "every", is_flag=True, help="All of them, not only the newest.")
@from_option
@json_option
def verify(name: str, every: bool, location: str | None, as_json: bool) -> int:
    """Read every object of a backup, compare its digests with the manifest, list the dump with pg_restore.

    NAME is a backup's name or its beginning; without, it is the newest. Exit 1 if anything is amiss. What is well
    is remembered beside the manifest. Whether it restores, `kaven backup test` proves.

    \b
    Example:
      kaven backup verify
      kaven backup verify --all --from s3://acme-backups/kaven
    """
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.operations.backup.verifying import verify_backup

    place = open_place(location)
    catalogue = place.catalogue()
    backups = catalogue.backups if every else (catalogue.find(name, place.store.url),)
    unreadable = dict(catalogue.unreadable) if every else {}
    done = [verify_backup(place.store, place.keys, backup, progress=on_stderr) for backup in backups]
    if as_json:
        echo_json(_as_json(done, unreadable))
    else:
        _tell(done, unreadable)
    if every and not (done or unreadable):
        say(f"there is no backup in {place.store.url}")
        return ExitCode.PROBLEMS
    return ExitCode.PROBLEMS if unreadable or any(one.problems for one in done) else ExitCode.FINE


def _as_json(done: list[Verified], unreadable: dict[str, KavenError]) -> object:
    found = [
        {
            "name": one.name,
            "problems": [error_json(problem) for problem in one.problems],
            "seconds": round(one.seconds, 1),
            "trust": str(one.trust),
        }
        for one in done
    ]
    damaged = [{"name": name, "problems": [error_json(error)]} for name, error in unreadable.items()]
    return {"backups": [*found, *damaged]}


def _tell(done: list[Verified], unreadable: dict[str, KavenError]) -> None:
    from kaven_schema.reporting import as_diagnostic

    problems = [problem for one in done for problem in one.problems]
    echo_report(
        [as_diagnostic(error) for error in (*problems, *unreadable.values())], err=True, summary=False
    )
    for one in done:
        doubt = ", but without a key: anybody may have made it" if one.trust == "unprotected" else ""
        if not one.problems:
            say(f"{one.name} is what was written{doubt}")
