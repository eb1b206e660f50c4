"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from kaven_schema.config import Overrides, load_settings
from kaven_schema.project import Project

_Function = TypeVar("_Function", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--base",
        metavar="FILE",
        type=click.Path(),
        help="The vendor's schema.  [default: prisma/schema.base.prisma]",
    ),
    click.option(
        "--extended",
        metavar="FILE",
        type=click.Path(),
        multiple=True,
        help="Your schema: a file, a folder or a glob; repeatable.  [default: prisma/schema.extended.prisma]",
    ),
    click.option(
        "--output",
        metavar="FILE",
        type=click.Path(),
        help="The generated file.  [default: prisma/schema.prisma]",
    ),
    click.option(
        "--prisma", type=click.Choice(["5.17", "6", "7"]), help="Dialect and validator.  [default: 5.17]"
    ),
)


def project_options(function: _Function) -> _Function:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def open_project(
    base: str | None, extended: tuple[str, ...], output: str | None, prisma: str | None
) -> Project:
    """The project that holds in the working folder, with what the command line says instead."""
    if "" in (base, output, *extended):
        raise click.UsageError("a path is empty: name a file, or leave the option out")
    overrides = Overrides(base=base, extended=extended, output=output, prisma=prisma)
    return Project(load_settings(Path.cwd(), overrides))
