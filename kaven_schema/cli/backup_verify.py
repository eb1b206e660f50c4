"""kaven backup verify"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kaven_schema.cli.backing_up import error_json, from_option, json_option, of_option, open_there
from kaven_schema.cli.output import echo_json, echo_report, say
from kaven_schema.diagnostics import ExitCode, KavenError

if TYPE_CHECKING:
    from kaven_schema.cli.backing_up import Place
    from kaven_schema.operations.backup.catalogue import Backup
    from kaven_schema.operations.backup.verifying import Verified


@click.command("verify", short_help="read backups wholly, and compare every byte")
@click.argument("name", default="latest")
@click.option("--all", "every", is_flag=True, help="All of them, not only the newest.")
@from_option
@of_option
@json_option
def verify(name: str, every: bool, location: str | None, database: str, as_json: bool) -> int:
    """Read every object of a backup, compare its digests with the manifest, list the dump with pg_restore.

    NAME is a backup's name or its beginning; without, it is the newest. Exit 1 if anything is amiss, 3 if a key is
    missing. What is well is remembered beside the manifest. Whether it restores, `kaven backup test` proves.

    \b
    Example:
      kaven backup verify
      kaven backup verify --all --from s3://acme-backups/kaven
    """
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.operations.backup.verifying import verify_backup

    place = open_there(location)
    backups, unreadable = _chosen(place, name, database, every=every)
    done = [verify_backup(place.store, place.keys, backup, progress=on_stderr) for backup in backups]
    if as_json:
        echo_json(_as_json(done, unreadable))
    else:
        _tell(done, unreadable)
    if every and not (done or unreadable):
        say(f"there is no backup in {place.store.url}")
        return ExitCode.PROBLEMS
    found = [*unreadable.values(), *(problem for one in done for problem in one.problems)]
    codes = {problem.exit_code for problem in found} or {ExitCode.FINE}
    return ExitCode.PROBLEMS if ExitCode.PROBLEMS in codes else max(codes)


def _chosen(
    place: Place, name: str, database: str, *, every: bool
) -> tuple[tuple[Backup, ...], dict[str, KavenError]]:
    """Whatever its trust: damage is looked for, whoever made it."""
    if not every:
        return (place.find(name, database, unchecked=True),), {}
    catalogue = place.catalogue()
    kept = catalogue.of(database) if database else catalogue
    return kept.backups, dict(kept.unreadable)


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
