"""The command line. Each command is a module of its own, loaded when it is called."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

import click

from kaven_schema import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kaven_schema.diagnostics import KavenError, SchemaError

_COMMANDS = {
    "init": "write the two source files, configuration and a pre-commit hook",
    "merge": "merge base and extended into schema.prisma",
    "check": "judge base and extended together, with our rules and with Prisma's validator",
    "generate": "merge, and generate the typed Python client",
    "db": "the project's database: up, down, status, url, psql, reset, indexes",
    "migrate": "migrations of the database: dev, deploy, status, lint, expand, backfill, contract …",
    "rls": "row-level security: write its migration, its roles, prove it",
    "seed": "fill the database with demo data, or with much data",
    "backup": "backups of the database: create, list, verify, restore, test, prune, schedule, pitr",
    "doctor": "whether a deployment is well: versions, roles, policies, pools, migrations, backups",
    "docs": "the schema as a site: diagrams, and a page for each model",
    "erd": "the entity relationship diagram: SVG, PNG, Mermaid, DBML, text",
    "jobs": "the services' periodic work: overdue invoices, ended periods and trials, clean-ups",
    "services": "what the services ask of schema and database: init, rules",
    "secrets": "secrets encrypted at rest: new-key, rotate",
    "tokens": "refresh tokens: cleanup",
    "engine": "Prisma's engines without native code: install, path, doctor",
    "update": "bring base to a newer release of its vendor",
    "rollback": "go back to the release before",
    "release": "for vendors: build a release, test it against extended schemas",
    "diff": "the differences between two schemas, by meaning",
    "format": "lay out schema files as Prisma's formatter does",
    "parse": "read schema files and say whether their syntax is right",
    "blame": "which file and line each line of schema.prisma comes from",
    "explain": "what a rule means, and what to do",
    "completion": "print the shell's completion script",
}


class _LazyGroup(click.Group):
    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command = import_module(f"{__name__}.{name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx)
        if args and not {"-h", "--help"}.intersection(args):
            from kaven_schema.cli.recovering import recover_first

            recover_first(*args)
        return super().resolve_command(ctx, args)


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 fine, 1 problems found, 2 wrong use, 3 environment.",
)
@click.version_option(__version__, prog_name="kaven")
def kaven() -> None:
    """Kaven's Prisma schema compiler: base + extended = schema.prisma.

    \b
    Example:
      kaven init
      kaven merge
      kaven check --fix
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, and end the process with a documented exit code."""
    import gc

    gc.disable()  # trees without cycles, in a process that ends soon: collecting would cost a fifth of the time
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
        code = 130
    _end(code)


def _run(arguments: list[str]) -> int:
    from kaven_schema.diagnostics import KavenError, SchemaError

    try:
        return _invoke(arguments)
    except (KavenError, SchemaError) as error:
        return _report(error, _machine_format(arguments))
    except (click.exceptions.Exit, click.ClickException) as stop:
        if isinstance(stop, click.ClickException):
            stop.show()
        return stop.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except BrokenPipeError:
        return 0  # whoever read our output has gone
    except OSError as error:  # a full disk behind stdout, a working folder that is gone
        return _report(
            KavenError("system_refuses", str(error), help="see the free space, and that this folder exists")
        )


def _invoke(arguments: list[str]) -> int:
    if "_KAVEN_COMPLETE" in os.environ:
        kaven.main(arguments, prog_name="kaven")
    # Not by `main`: it would turn a reader that has gone into a failure.
    with kaven.make_context("kaven", arguments) as context:
        result = kaven.invoke(context)
    return result if isinstance(result, int) else 0


def _end(code: int) -> NoReturn:
    """Leave at once: taking all objects apart takes longer than a run that finds nothing changed."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # it may be full, closed, or not there at all
            stream.flush()
    os._exit(code)


def _report(error: KavenError | SchemaError, machine_format: str = "") -> int:
    """What stopped a command, for people on stderr, and on stdout for the program that asked."""
    from kaven_schema.cli.output import echo_report
    from kaven_schema.diagnostics import ExitCode, SchemaError
    from kaven_schema.reporting import as_diagnostic

    diagnostics = error.diagnostics if isinstance(error, SchemaError) else (as_diagnostic(error),)
    if machine_format:
        echo_report(diagnostics, format=machine_format)
    echo_report(diagnostics, err=True, summary=isinstance(error, SchemaError))
    return ExitCode.PROBLEMS if isinstance(error, SchemaError) else int(error.exit_code)


def _machine_format(arguments: Sequence[str]) -> str:
    """In which form a program reads what the command says; empty where people do."""
    if "--json" in arguments:
        return "json"
    given = [argument.removeprefix("--format=") for argument in arguments if argument.startswith("--format=")]
    given += [value for name, value in pairwise(arguments) if name == "--format"]
    return next((value for value in given if value in ("json", "github", "sarif")), "")
