"""The client that a project has: where it is, what it was made from, and its module."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any

from kaven_schema.config import Settings
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.files import read_source, shown_path


@dataclass(frozen=True, slots=True)
class MergedProject:
    """`dmmf` is Prisma's model of the schema, `client` the folder of the first client for Python."""

    dmmf: Mapping[str, Any]
    client: Path


def read_project(settings: Settings, *, progress: Progress = silent) -> MergedProject:
    """Raises KavenError `client_stale`, `client_nothing_to_generate`, `client_missing`, `prisma_schema_invalid`,
    `output_outside_project`, and what `read_source` and `SchemaEngine.load` raise.
    """
    from kaven_schema.client.environment import generator_environment
    from kaven_schema.client.place import chosen_place
    from kaven_schema.engines.schema_wasm import SchemaEngine
    from kaven_schema.engines.wasm_calls import EngineError

    path = settings.output.absolute()
    text = read_source(settings.output).text
    engine = SchemaEngine.load(settings.prisma, progress=progress)
    files = [(str(path), text)]
    environment = generator_environment(path)
    try:
        folder = _folder(path, engine.config(files, environment), environment, chosen_place(settings))
        _check_fresh(folder, engine.format(text))
        return MergedProject(engine.dmmf(files), folder)
    except EngineError as refusal:
        raise KavenError(
            "prisma_schema_invalid",
            f"Prisma does not accept {shown_path(path)}:\n{refusal}",
            help="see each error at its place: kaven check",
            exit_code=ExitCode.PROBLEMS,
        ) from None


def _folder(
    schema: Path, config: Mapping[str, Any], environment: dict[str, str], chosen: Path | None
) -> Path:
    from kaven_schema.client.environment import resolve
    from kaven_schema.client.generator import PROVIDER
    from kaven_schema.client.place import client_place

    for block in config["generators"]:
        owner = f"generator {block['name']}"
        if PurePath(resolve(block["provider"], environment, f"the provider of {owner}")).stem == PROVIDER:
            return client_place(schema, block, environment, chosen)
    raise KavenError(
        "client_nothing_to_generate",
        f"{shown_path(schema)} has no generator for a Python client",
        help=f'add: generator client {{ provider = "{PROVIDER}" }}',
        exit_code=ExitCode.PROBLEMS,
    )


def _check_fresh(client: Path, schema: str) -> None:
    """A client holds the schema it was made from, as Prisma formats it."""
    made_from = client / "schema.prisma"
    if made_from.is_file() and made_from.read_text(encoding="utf-8") != schema:
        raise KavenError(
            "client_stale",
            f"the client at {shown_path(client)} was generated from another schema",
            help="run: kaven generate",
            exit_code=ExitCode.PROBLEMS,
        )


def imported_client(folder: Path) -> ModuleType:
    """The client in a folder. Raises KavenError `client_not_generated`, `client_import_failed`."""
    from kaven_schema.client.probe_script import import_client

    known = sys.modules.get(folder.name)
    if known and "client" in vars(known) and Path(known.__file__ or "").parent == folder:
        return known  # a client's modules are not to be loaded twice
    if not (folder / "client.py").is_file():
        raise KavenError(
            "client_not_generated",
            f"there is no generated client at {shown_path(folder)}",
            help="run: kaven generate",
            exit_code=ExitCode.PROBLEMS,
        )
    try:
        return import_client(folder)
    except Exception as error:  # noqa: BLE001 - whatever code of the user's project may raise
        raise KavenError(
            "client_import_failed",
            f"the client at {shown_path(folder)} cannot be imported: {error}",
            help="generate it again: kaven generate",
        ) from None
