"""What `kaven docs` and `kaven erd` have in common: the merged schema, read for its documentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kaven_schema.cli.options import open_project
from kaven_schema.cli.output import echo_report

if TYPE_CHECKING:
    from kaven_schema.docs.schema import DocumentedSchema

_Function = TypeVar("_Function", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--base", metavar="FILE", type=click.Path(), help="The vendor's schema.  [default: as set]"),
    click.option(
        "--extended",
        metavar="FILE",
        type=click.Path(),
        multiple=True,
        help="Your schema: a file, a folder or a glob; repeatable.  [default: as set]",
    ),
    click.option("--prisma", type=click.Choice(["5.17", "6", "7"]), help="Dialect.  [default: 5.17]"),
    click.option(
        "--title", default="Kaven database schema", show_default=True, help="What the whole is called."
    ),
)


def source_options(function: _Function) -> _Function:
    """Those of `project_options`, but for `--output`: here it is what the command itself writes."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def documented_schema(
    base: str | None, extended: tuple[str, ...], prisma: str | None, title: str
) -> DocumentedSchema | None:
    """None, with the report on stderr, where the schema does not merge."""
    project = open_project(base, extended, None, prisma)
    merged = project.compile()
    if not merged.is_valid:
        echo_report(merged.diagnostics, err=True)
        return None
    from kaven_schema.docs.reading import read_schema

    settings = project.settings
    return read_schema(merged, title, settings.root, settings.global_models)
