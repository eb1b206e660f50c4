"""kaven docs"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import click

from kaven_schema.cli.documenting import documented_schema, source_options
from kaven_schema.cli.output import echo_json, say
from kaven_schema.diagnostics import ExitCode

if TYPE_CHECKING:
    from kaven_schema.docs.schema import DocumentedSchema


class _Report(TypedDict):
    """`stale` are the files that are missing or not up to date."""

    state: str
    models: int
    files: int
    stale: list[str]


@click.command("docs", short_help="the schema as a site")
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    type=click.Path(),
    default="site",
    show_default=True,
    help="Write there: a new folder, an empty one, or one written by this command.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the site is missing or not up to date.")
@click.option("--open", "shows", is_flag=True, help="Show it in the browser.")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
@source_options
def command(
    output: str,
    check: bool,
    shows: bool,
    as_json: bool,
    base: str | None,
    extended: tuple[str, ...],
    prisma: str | None,
    title: str,
) -> int:
    """Write the merged schema as a static site: diagrams, and a page for every model and enum.

    It needs no server: open index.html. What a model is for, its comments say (`///`), and tags in them:
    `@kaven.purpose`, `@kaven.feature`, `@kaven.security` and `@kaven.area`, each with its text behind it.

    \b
    Example:
      kaven docs
      kaven docs --output public/schema
      kaven docs --check
    """
    if not output:
        raise click.UsageError("--output is empty: name a folder")
    if check and shows:
        raise click.UsageError("--check writes nothing that --open could show: choose one")
    folder = Path(output)
    if not check:
        _refuse_others(folder)
    schema = documented_schema(base, extended, prisma, title)
    if schema is None:
        return ExitCode.PROBLEMS
    report = _checked(folder, schema) if check else _written(folder, schema)
    if as_json:
        echo_json({"output": output, **report})
    else:
        say(_said(output, report))
    if shows:
        click.launch((folder / "index.html").resolve().as_uri())
    return ExitCode.PROBLEMS if report["stale"] else ExitCode.FINE


def _refuse_others(folder: Path) -> None:
    """Before anything else is done: drawing takes its time."""
    from kaven_schema.docs.site.writing import check_ours

    check_ours(folder.resolve(), folder)


def _files(schema: DocumentedSchema) -> dict[str, bytes]:
    from kaven_schema.docs.site.building import build_site
    from kaven_schema.engines.progress import on_stderr

    return build_site(schema, progress=on_stderr)


def _checked(folder: Path, schema: DocumentedSchema) -> _Report:
    from kaven_schema.docs.site.writing import stale_files

    files = _files(schema)
    stale = stale_files(folder, files)
    return _report("stale" if stale else "current", schema, files, stale)


def _written(folder: Path, schema: DocumentedSchema) -> _Report:
    from kaven_schema.config import load_settings
    from kaven_schema.docs.site.writing import write_site
    from kaven_schema.files import project_lock

    files = _files(schema)
    with project_lock(load_settings(Path.cwd()).root):
        changed = write_site(folder, files)
    return _report("written" if changed else "current", schema, files, [])


def _report(state: str, schema: DocumentedSchema, files: dict[str, bytes], stale: list[str]) -> _Report:
    return {"state": state, "models": len(schema.models), "files": len(files), "stale": stale}


def _said(output: str, report: _Report) -> str:
    stale, count = report["stale"], report["files"]
    if stale:
        return (
            f"{output} is not up to date ({len(stale)} of {count} files, {stale[0]} first): run `kaven docs`"
        )
    if report["state"] == "current":
        return f"{output} is up to date"
    return f"{output} written: {count} files, open index.html"
