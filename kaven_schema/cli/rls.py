"""kaven rls"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kaven_schema.cli.options import open_project, project_options
from kaven_schema.cli.output import echo_errors, echo_json, exit_code, say
from kaven_schema.config import load_settings
from kaven_schema.diagnostics import ExitCode
from kaven_schema.files import shown_path

if TYPE_CHECKING:
    from kaven_schema.database.row_level_security.proving import Proof
    from kaven_schema.project import Project


@click.group(
    "rls", short_help="row-level security: the migration, its roles, its proof", invoke_without_command=True
)
@click.pass_context
def command(context: click.Context) -> int | None:
    """Row-level security: PostgreSQL itself shows each tenant its own rows, and no others.

    Without a command it writes the migration, as `kaven rls write` does.

    \b
    Example:
      kaven rls
      kaven migrate deploy
      kaven rls verify
    """
    if context.invoked_subcommand:
        return None
    code: int = context.invoke(write, base=None, extended=(), output=None, prisma=None)
    return code


@command.command("write")
@project_options
def write(base: str | None, extended: tuple[str, ...], output: str | None, prisma: str | None) -> int:
    """Write the migration that protects what the merged schema has and no migration protects yet.

    \b
    Example:
      kaven rls write
    """
    from kaven_schema.database.row_level_security.writing import write_row_level_security

    project = open_project(base, extended, output, prisma)
    merged = project.compile()
    if not merged.is_valid:
        echo_errors(merged.diagnostics)
        return exit_code(merged.diagnostics)
    written = write_row_level_security(project, merged.catalog)
    if written is None:
        say("nothing to write: the migrations protect every table that holds tenants' rows")
        return ExitCode.FINE
    say(f"{shown_path(written.path)} written")
    if not _made_embedded_roles(project):
        say("it needs roles that only a superuser makes, once: kaven rls roles")
    say("apply it: kaven migrate deploy; then prove it: kaven rls verify")
    return ExitCode.FINE


def _made_embedded_roles(project: Project) -> bool:
    """The embedded server is ours: it gets its roles without being asked, if it is up."""
    from kaven_schema.database.embedded.binaries import embedded_available

    if not embedded_available():
        return False
    from kaven_schema.database.embedded import EmbeddedServer
    from kaven_schema.database.row_level_security.roles import make_embedded_roles
    from kaven_schema.database.target import given_url

    server = EmbeddedServer(project.settings.root)
    given = given_url(project.settings)
    if not server.exists or (given and not server.is_mine(given.url)):
        return False
    server.up()
    make_embedded_roles(server)
    return True


@command.command("roles")
@click.option(
    "--owner",
    default="kaven_owner",
    show_default=True,
    metavar="ROLE",
    help="Who migrates, and owns the tables.",
)
def roles(owner: str) -> int:
    """Print the SQL that makes the roles, once in a cluster, for whoever may make roles.

    \b
    Example:
      kaven rls roles | psql "$ADMIN_URL"
    """
    from kaven_schema.database.row_level_security.roles import role_script

    click.echo(role_script(owner), nl=False)
    return ExitCode.FINE


@command.command("verify")
@project_options
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option(
    "--mutate/--no-mutate",
    default=True,
    help="Also drop each policy in turn, and see the proof fail.  [default: mutate]",
)
def verify(
    base: str | None,
    extended: tuple[str, ...],
    output: str | None,
    prisma: str | None,
    as_json: bool,
    mutate: bool,
) -> int:
    """Prove on the live database that no tenant sees or changes another's rows; exit 1 unless it holds.

    Rows of two made-up tenants are tried in transactions that are undone. Dropping a policy locks its table for
    a moment; --no-mutate leaves that out.

    \b
    Example:
      kaven rls verify
    """
    from kaven_schema.cli.migrating import chosen_target
    from kaven_schema.database.row_level_security.proving import prove

    project = open_project(base, extended, output, prisma)
    merged = project.compile()
    if not merged.is_valid:
        echo_errors(merged.diagnostics)
        return exit_code(merged.diagnostics)
    target = chosen_target(load_settings(Path.cwd()))
    proof = prove(target.url, merged.catalog, project.settings.global_models, mutate=mutate)
    if as_json:
        echo_json(proof.as_json())
    else:
        _tell(proof)
    return ExitCode.FINE if proof.holds else ExitCode.PROBLEMS


def _tell(proof: Proof) -> None:
    for line in proof.lines():
        click.echo(line)
