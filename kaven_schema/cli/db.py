"""kaven db"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.db_indexes import indexes
from kaven_schema.cli.output import echo_json, say
from kaven_schema.config import Settings, load_settings
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import shown_path

if TYPE_CHECKING:
    from kaven_schema.database.embedded import EmbeddedServer, Role
    from kaven_schema.database.target import Target

_PASSED_ON = ("authentication", "super_admin")
"""Roles of the application that no command of ours works as: of another database, its URL is not ours to make up."""
_ROLES = click.Choice(["owner", "app", "backup", *_PASSED_ON])


@click.group("db", short_help="the project's database")
def command() -> None:
    """The project's database: a PostgreSQL 16 of its own, or what DATABASE_URL names.

    \b
    Example:
      kaven db up
      kaven db psql -c 'select 1'
      kaven db down
    """


@command.command("up")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Listen on 127.0.0.1 too.  [default: socket only]"
)
def up(port: int | None) -> int:
    """Start the embedded PostgreSQL; the first time, make its database and roles.

    \b
    Example:
      kaven db up
      kaven db up --port 5433
    """
    from kaven_schema.database.target import given_url
    from kaven_schema.engines.progress import on_stderr

    settings, server = _project()
    found = server.up(port=port, progress=on_stderr)
    place = f"127.0.0.1:{found.port}" if found.listens else shown_path(found.socket_folder)
    say(f"PostgreSQL is up at {place} (process {found.pid})")
    given = given_url(settings)
    if given and not server.is_mine(given.url):
        say(f"kaven itself uses {given.origin}: unset it to use the embedded database")
    return ExitCode.FINE


@command.command("down")
def down() -> int:
    """Stop the embedded PostgreSQL; its data stays.

    \b
    Example:
      kaven db down
    """
    _, server = _project()
    say("PostgreSQL is stopped" if server.down() else "PostgreSQL was not up")
    return ExitCode.FINE


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def status(as_json: bool) -> int:
    """Which database is used, and whether it answers; exit 1 if it does not.

    \b
    Example:
      kaven db status --json
    """
    from kaven_schema.database.state import database_state

    state = database_state(load_settings(Path.cwd()))
    if as_json:
        echo_json(state.as_json())
    else:
        click.echo("\n".join(state.lines()))
    return ExitCode.FINE if state.answers else ExitCode.PROBLEMS


@command.command("url")
@click.option("--role", type=_ROLES, default="app", show_default=True, help="Who connects.")
def url(role: str) -> int:
    """Print the connection string, with its password.

    \b
    Example:
      export DATABASE_URL=$(kaven db url)
      kaven db url --role owner
    """
    click.echo(str(_target(role).url))
    return ExitCode.FINE


@command.command("psql", context_settings={"ignore_unknown_options": True})
@click.option("--role", type=_ROLES, default="owner", show_default=True, help="Who connects.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(role: str, arguments: tuple[str, ...]) -> int:
    """Open psql on the database; its own arguments follow.

    \b
    Example:
      kaven db psql
      kaven db psql --role app -c 'select count(*) from tenants'
    """
    from kaven_schema.database.programs import find_program

    target = _target(role)
    program = find_program("psql")
    environment = dict(os.environ)
    if target.url.password:
        environment["PGPASSWORD"] = target.url.password
    arguments = (program, "-d", target.url.conninfo(), *arguments)
    os.execve(program, arguments, environment)  # noqa: S606 - psql itself, in our place at the terminal


@command.command("reset")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Also empty a database that is not the embedded one.")
def reset(yes: bool, force: bool) -> int:
    """Empty the database: every table and every row is gone.

    \b
    Example:
      kaven db reset
      kaven db reset --yes && kaven migrate deploy
    """
    target = _target("owner")
    if not (target.is_embedded or force):
        raise KavenError(
            "database_not_embedded",
            f"{target.url.shown()} ({target.origin}) is not the embedded database",
            help="to empty the embedded one, unset DATABASE_URL; to empty this one: kaven db reset --force",
            exit_code=ExitCode.WRONG_USE,
        )
    if not yes:
        _ask(target)
    _empty(target)
    say(f"{target.url.shown()} is empty")
    return ExitCode.FINE


def _ask(target: Target) -> None:
    import sys

    if not sys.stdin.isatty():
        raise KavenError(
            "answer_needed",
            "this would empty the database, and there is no terminal to ask on",
            help="say so beforehand: kaven db reset --yes",
            exit_code=ExitCode.WRONG_USE,
        )
    click.confirm(f"Empty {target.url.shown()} ({target.origin})? All data is lost", abort=True, err=True)


def _empty(target: Target) -> None:
    if target.is_embedded:
        _, server = _project()
        server.reset()
        return
    from kaven_schema.database.connection import connect
    from kaven_schema.database.emptying import empty_schema

    with connect(target.url) as connection:
        empty_schema(connection, target.url.schema)


def _project() -> tuple[Settings, EmbeddedServer]:
    from kaven_schema.database.embedded.binaries import program

    program("postgres")
    from kaven_schema.database.embedded import EmbeddedServer

    settings = load_settings(Path.cwd())
    return settings, EmbeddedServer(settings.root)


def _target(role: str) -> Target:
    from kaven_schema.database.target import find_target
    from kaven_schema.engines.progress import on_stderr

    target = find_target(load_settings(Path.cwd()), _role(role), progress=on_stderr)
    if role in _PASSED_ON and not target.is_embedded:
        raise KavenError(
            "database_role_elsewhere",
            f"{target.origin} names one user, and kaven knows no password of kaven_{role}",
            help=f"give it one, `\\password kaven_{role}`, and keep its URL where your application finds it",
            exit_code=ExitCode.WRONG_USE,
        )
    return target


def _role(name: str) -> Role:
    from kaven_schema.database.embedded.roles import Role

    return Role(name)


command.add_command(indexes)
