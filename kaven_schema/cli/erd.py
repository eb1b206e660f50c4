"""kaven erd"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kaven_schema.cli.documenting import documented_schema, source_options
from kaven_schema.cli.output import echo_json, say
from kaven_schema.diagnostics import ExitCode
from kaven_schema.docs.diagram import FORMATS, SUFFIXES, Chosen, draw


@click.command("erd", short_help="the entity relationship diagram")
@click.option(
    "--format",
    type=click.Choice(FORMATS),
    help="The form.  [default: as the ending of FILE says, else svg]",
)
@click.option("--area", metavar="NAME", help="Only the models of one area.")
@click.option("--model", metavar="NAME", help="Only one model, with its neighbours.")
@click.option(
    "--depth",
    type=click.IntRange(0, 9),
    default=1,
    show_default=True,
    help="With --model: how many relations away a neighbour may be.",
)
@click.option(
    "--scale", type=click.FloatRange(0.05, 8), help="PNG: how large.  [default: 2, of large ones 1]"
)
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(), help="Write there.  [default: standard output]"
)
@click.option("--areas", "list_areas", is_flag=True, help="Only list the areas and their models.")
@click.option("--json", "as_json", is_flag=True, help="With --areas: list as JSON.")
@source_options
def command(
    format: str | None,
    area: str | None,
    model: str | None,
    depth: int,
    scale: float | None,
    output: str | None,
    list_areas: bool,
    as_json: bool,
    base: str | None,
    extended: tuple[str, ...],
    prisma: str | None,
    title: str,
) -> int:
    """Draw the merged schema: all of it, one area, or one model with its neighbours.

    Areas are the titled sections of the schema's files, or what `/// @kaven.area NAME` above a model says; models
    without either are grouped by their relations and names.

    \b
    Example:
      kaven erd -o schema.svg
      kaven erd --model Invoice --format mermaid
      kaven erd --area core --format text
    """
    if output == "":
        raise click.UsageError("--output is empty: name a file, or leave it out")
    if area is not None and model is not None:
        raise click.UsageError("--area and --model: choose one")
    if model is None and _was_typed("depth"):
        raise click.UsageError("--depth is of the neighbours of --model: name one")
    ending = Path(output or "").suffix.lower()
    if format is None and ending and ending not in SUFFIXES:
        raise click.UsageError(
            f"{ending} is the ending of no form: say --format, or one of {', '.join(SUFFIXES)}"
        )
    schema = documented_schema(base, extended, prisma, title)
    if schema is None:
        return ExitCode.PROBLEMS
    if list_areas or as_json:
        _list({one.name: list(one.models) for one in schema.areas}, as_json=as_json)
        return ExitCode.FINE
    from kaven_schema.engines.progress import on_stderr

    form = format or SUFFIXES.get(ending, "svg")
    chosen = Chosen(area or "", model or "", depth)
    _write(draw(schema, form, chosen, scale=scale, progress=on_stderr), output, form)
    return ExitCode.FINE


def _was_typed(name: str) -> bool:
    source = click.get_current_context().get_parameter_source(name)
    return source is not click.core.ParameterSource.DEFAULT


def _list(areas: dict[str, list[str]], *, as_json: bool) -> None:
    if as_json:
        echo_json(areas)
    else:
        for name, models in areas.items():
            click.echo(f"{name}: {', '.join(models)}")


def _write(content: bytes, output: str | None, form: str) -> None:
    if output is None:
        if form == "png" and sys.stdout.isatty():
            raise click.UsageError("a PNG is nothing for a terminal: say -o FILE")
        click.echo(content, nl=False)
        return
    from kaven_schema.docs.files import write_bytes

    say(f"{output} {'written' if write_bytes(Path(output), content) else 'is up to date'}")
