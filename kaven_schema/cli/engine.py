"""kaven engine"""

from __future__ import annotations

from pathlib import Path

import click

from kaven_schema.cli.output import say
from kaven_schema.diagnostics import ExitCode
from kaven_schema.engines.progress import Progress, on_stderr

_ENGINES = click.Choice(["query", "schema"])


@click.group("engine", short_help="Prisma's engines without native code: install, path, doctor")
def command() -> None:
    """Prisma's engines without native code, for this project and any other.

    \b
    Example:
      kaven engine install
      export PRISMA_QUERY_ENGINE_BINARY=$(kaven engine path)
      export PRISMA_SCHEMA_ENGINE_BINARY=$(kaven engine path schema)
    """


@command.command("install")
def install() -> int:
    """Install the engines, or set them up anew; later runs need no network.

    \b
    Example:
      kaven engine install
    """
    for engine in _ENGINES.choices:
        say(f"{engine} engine: {_path(engine, refresh=True, progress=on_stderr)}")
    return ExitCode.FINE


@command.command("path")
@click.argument("engine", type=_ENGINES, default="query")
def path(engine: str) -> int:
    """Print the path of an engine, which is installed if it is not there.

    \b
    Example:
      kaven engine path
      kaven engine path schema
    """
    click.echo(_path(engine, refresh=False, progress=on_stderr))
    return ExitCode.FINE


@command.command("doctor")
def doctor() -> int:
    """Start the query engine and tell what is amiss, also with the database that DATABASE_URL names.

    \b
    Example:
      kaven engine doctor
    """
    import os

    from kaven_schema.engines.doctor import examine_query_engine

    code = ExitCode.FINE
    for finding in examine_query_engine(os.environ.get("DATABASE_URL") or None):
        click.echo(f"{'ok ' if finding.is_well else 'BAD'}  {finding.text}")
        if not finding.is_well:
            click.echo(f"     help: {finding.help}")
            code = ExitCode.ENVIRONMENT
    return code


def _path(engine: str, *, refresh: bool, progress: Progress) -> Path:
    if engine == "query":
        from kaven_schema.engines.query_engine import query_engine_path

        return query_engine_path(refresh=refresh, progress=progress)
    from kaven_schema.engines.schema_engine import schema_engine_path

    return schema_engine_path(progress=progress)
