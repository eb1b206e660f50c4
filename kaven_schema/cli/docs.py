"""kaven docs"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click

from kaven_schema.cli.documenting import documented_schema, source_options
from kaven_schema.cli.output import echo_json, say
from kaven_schema.diagnostics import ExitCode


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
    from kaven_schema.config import load_settings
    from kaven_schema.docs.site.building import build_site
    from kaven_schema.docs.site.writing import check_ours, stale_files, write_site
    from kaven_schema.engines.progress import on_stderr
    from kaven_schema.files import project_lock

    folder = Path(output)
    if not check:
        check_ours(folder.resolve(), folder)
    schema = documented_schema(base, extended, prisma, title)
    if schema is None:
        return ExitCode.PROBLEMS
    files = build_site(schema, progress=on_stderr)
    stale = stale_files(folder, files) if check else []
    with nullcontext() if check else project_lock(load_settings(Path.cwd()).root):
        changed = not check and write_site(folder, files)
    state = ("stale" if stale else "current") if check else ("written" if changed else "current")
    if as_json:
        report = {"output": output, "state": state, "models": len(schema.models), "files": len(files)}
        echo_json({**report, "stale": stale})
    else:
        say(_said(output, state, len(files), stale))
    if shows:
        click.launch((folder / "index.html").resolve().as_uri())
    return ExitCode.PROBLEMS if stale else ExitCode.FINE


def _said(output: str, state: str, count: int, stale: list[str]) -> str:
    if state == "stale":
        return (
            f"{output} is not up to date ({len(stale)} of {count} files, {stale[0]} first): run `kaven docs`"
        )
    return (
        f"{output} is up to date"
        if state == "current"
        else f"{output} written: {count} files, open index.html"
    )
