"""The variables that a generator sees: the process's own, then those of `.env` files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from kaven_schema.diagnostics import KavenError
from kaven_schema.files.env_file import env_values


def generator_environment(schema: Path) -> dict[str, str]:
    """What Prisma's command line would give a generator: nothing set is overridden by a file.

    Raises KavenError `env_file_unreadable`.
    """
    environment = dict(os.environ)
    for file in _env_files(schema):
        for name, value in env_values(file).items():
            environment.setdefault(name, value)
    return environment


def _env_files(schema: Path) -> Iterator[Path]:
    """The one of the project, then the one of the schema: the first found, as Prisma's command line looks."""
    here = Path.cwd()
    root = next((folder for folder in (here, *here.parents) if _is_project(folder)), None)
    if root and (root / ".env").is_file():
        yield root / ".env"
    nearby = (schema.parent / ".env", here / "prisma" / ".env", here / ".env")
    yield from [file for file in nearby if file.is_file()][:1]


def _is_project(folder: Path) -> bool:
    """Prisma's own generated client has a package.json too, which is no project's."""
    try:
        package = json.loads((folder / "package.json").read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(package, dict) and package.get("name") != ".prisma/client"


def resolve(setting: dict[str, str | None], environment: dict[str, str], owner: str) -> str:
    """The value of `"text"` or `env("NAME")` in a block. Raises KavenError `client_variable_missing`."""
    variable = setting.get("fromEnvVar")
    if not variable:
        return setting.get("value") or ""
    if variable not in environment:
        raise KavenError(
            "client_variable_missing",
            f'{owner} is env("{variable}"), and {variable} is not set',
            help=f"set {variable}, in the environment or in a .env file beside the schema",
        )
    return environment[variable]
