"""kaven backup pitr"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kaven_schema.cli.findings import as_json as findings_json
from kaven_schema.cli.findings import echo_finding, findings_code
from kaven_schema.cli.output import echo_json, say
from kaven_schema.config import load_settings
from kaven_schema.diagnostics import ExitCode
from kaven_schema.files import shown_path

if TYPE_CHECKING:
    from kaven_schema.database.url import DatabaseUrl
    from kaven_schema.operations.health.finding import Finding
    from kaven_schema.operations.pitr.proving import PointInTime
    from kaven_schema.operations.pitr.setup import Setup

_PATH = click.Path(path_type=Path)
_engine = click.option(
    "--engine", type=click.Choice(["pgbackrest", "barman"]), required=True, help="Which engine archives."
)
_name = click.option(
    "--name", default="kaven", show_default=True, metavar="NAME", help="What the engine calls the server."
)
_config = click.option(
    "--config",
    type=_PATH,
    metavar="FILE",
    help="The engine's configuration, where it is not in its usual place.",
)
_SOCKETS = "/var/run/postgresql"


@click.group("pitr", short_help="any second: WAL archiving by pgBackRest or barman")
def command() -> None:
    """Restores to any second: WAL archiving by an engine that exists, pgBackRest or barman.

    \b
    Example:
      kaven backup pitr test --engine pgbackrest
      kaven backup pitr write --engine pgbackrest
      kaven backup pitr check --engine pgbackrest
    """


@command.command("write")
@_engine
@_name
@_config
@click.option("--to", "folder", type=_PATH, default=Path("pitr"), show_default=True, help="Where to write.")
@click.option(
    "--data",
    type=_PATH,
    default=Path("/var/lib/postgresql/16/main"),
    show_default=True,
    help="The server's data folder.",
)
@click.option(
    "--host", help=f"The server, or its socket's folder.  [default: {_SOCKETS}; barman: as DATABASE_URL]"
)
@click.option("--port", default="5432", show_default=True, help="The server's port.")
@click.option("--role", help="As whom the engine connects.  [default: the engine's name]")
@click.option("--database", default="postgres", show_default=True, help="Where it connects to.")
@click.option("--repository", type=_PATH, help="Where the archive is.  [default: as Debian has it]")
@click.option(
    "--keep",
    type=click.IntRange(1),
    help="Full backups for pgBackRest, days for barman.  [default: 4, or 30]",
)
@click.option("--system-user", default="barman", show_default=True, help="Who barman runs as.")
@click.option("--force", is_flag=True, help="Replace files of an earlier run that have another text.")
def write(folder: Path, force: bool, **options: Any) -> int:
    """Write the engine's configuration, PostgreSQL's part, and the SQL for the engine's role.

    Nothing is installed and no server is touched: read the files, then put them where they say.

    \b
    Example:
      kaven backup pitr write --engine pgbackrest --data /var/lib/postgresql/16/main
      kaven backup pitr write --engine barman --host db.internal --to pitr
    """
    from kaven_schema.operations.pitr.writing import render_files, write_files

    setup = _setup(**options)
    for path, file in zip(write_files(setup, folder, replace=force), render_files(setup), strict=True):
        say(f"{shown_path(path)} written; it belongs to: {file.place}")
    say(_NEXT[setup.engine.value].format(name=setup.name))
    return ExitCode.FINE


_NEXT = {
    "pgbackrest": "next: restart the server; pgbackrest --stanza={name} stanza-create; "
    "kaven backup pitr check --engine pgbackrest; pgbackrest --stanza={name} --type=full backup, weekly by cron",
    "barman": "next: restart the server; barman cron, each minute by cron; barman switch-wal --force --archive {name}; "
    "kaven backup pitr check --engine barman; barman backup --wait {name}, weekly by cron",
}


@command.command("check")
@_engine
@_name
@_config
@click.option("--database-url", metavar="URL", help="The server.  [default: as other commands]")
@click.option(
    "--ask-engine/--no-ask-engine", default=True, help="Also run the engine's own check here.  [default: ask]"
)
@click.option("--strict", is_flag=True, help="Exit 1 on yellow too.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def check(
    engine: str,
    name: str,
    config: Path | None,
    database_url: str | None,
    ask_engine: bool,
    strict: bool,
    as_json: bool,
) -> int:
    """Whether a live server is archived; exit 1 if anything is red.

    Run it as the engine's own system user, where the engine is: sudo -u postgres kaven backup pitr check … The engine's
    own check has the server archive one more segment.

    \b
    Example:
      kaven backup pitr check --engine pgbackrest
      kaven backup pitr check --engine barman --no-ask-engine --json
    """
    found = _checked(_setup(engine=engine, name=name, config=config), database_url, ask_engine=ask_engine)
    if as_json:
        echo_json(findings_json(found))
    else:
        for finding in found:
            echo_finding(finding)
    return findings_code(found, strict=strict)


def _checked(setup: Setup, given: str | None, *, ask_engine: bool) -> list[Finding]:
    from datetime import UTC, datetime

    from kaven_schema.database.connection import connect
    from kaven_schema.operations.pitr import checking
    from kaven_schema.operations.pitr.archives import open_archive
    from kaven_schema.operations.pitr.engine import Program, find_engine
    from kaven_schema.operations.pitr.setup import EngineName
    from kaven_schema.operations.pitr.writing import slot_name

    program = Program(setup.engine, find_engine(setup.engine)) if ask_engine else None
    with connect(_server_url(given)) as connection:
        found = [*checking.check_settings(connection)]
        if setup.engine is EngineName.BARMAN:
            found += checking.check_receiver(connection, slot_name(setup))
        else:
            found += checking.check_archiver(connection, datetime.now(UTC))
    if program:
        found += checking.check_engine(open_archive(setup, program), datetime.now(UTC))
    return found


def _server_url(given: str | None) -> DatabaseUrl:
    from kaven_schema.cli.migrating import chosen_target
    from kaven_schema.database.url import parse_url

    return parse_url(given, "--database-url") if given else chosen_target(load_settings(Path.cwd())).url


@command.command("test")
@_engine
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def test(engine: str, as_json: bool) -> int:
    """Prove with this machine's engine that a restore reaches a chosen second; exit 1 if it does not.

    A PostgreSQL of its own is archived with the files that `write` gives, spoilt, and restored to the second before;
    all of it is removed afterwards. No other server is touched.

    \b
    Example:
      kaven backup pitr test --engine pgbackrest
      kaven backup pitr test --engine barman --json
    """
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.operations.pitr.proving import prove_point_in_time
    from kaven_schema.operations.pitr.setup import EngineName

    _end_as_by_ctrl_c()
    proof = prove_point_in_time(EngineName(engine), progress=on_stderr)
    if as_json:
        echo_json(proof.as_json())
    else:
        _tell(proof)
    return ExitCode.FINE if proof.holds else ExitCode.PROBLEMS


def _end_as_by_ctrl_c() -> None:
    """Also where something ends this process: its servers would outlive it."""
    import signal

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def _tell(proof: PointInTime) -> None:
    click.echo(f"{proof.engine} {proof.version}, PostgreSQL {proof.postgresql}")
    click.echo(f"restored to {proof.moment:%Y-%m-%d %H:%M:%S} UTC in {proof.restore_seconds:.1f} s")
    if proof.holds:
        click.echo(f"as it was then: {', '.join(proof.found)}")
    else:
        click.echo(f"expected: {', '.join(proof.expected)}")
        click.echo(f"found:    {', '.join(proof.found) or 'nothing'}")


def _setup(
    *,
    engine: str,
    name: str,
    config: Path | None,
    data: Path = Path("/"),
    host: str | None = None,
    port: str = "5432",
    role: str | None = None,
    database: str = "postgres",
    repository: Path | None = None,
    keep: int | None = None,
    system_user: str = "barman",
) -> Setup:
    from kaven_schema.operations.pitr.setup import CONFIGURATION, REPOSITORY, EngineName, Setup

    chosen = EngineName(engine)
    pushes = chosen is EngineName.PGBACKREST
    return Setup(
        engine=chosen,
        name=name,
        data=data,
        host=host or (_SOCKETS if pushes else _known_host()),
        port=port,
        role=role or engine,
        database=database,
        repository=repository or REPOSITORY[chosen],
        configuration=config.absolute() if config else CONFIGURATION[chosen],
        keep=keep or (4 if pushes else 30),
        program=engine,
        system_user=system_user,
    )


def _known_host() -> str:
    from kaven_schema.database.target import given_url

    given = given_url(load_settings(Path.cwd()))
    return given.url.host if given else "localhost"
