"""The typed Python client of a schema, made by prisma-client-py without Prisma's command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, cast

from kaven_schema.client.environment import generator_environment, resolve
from kaven_schema.client.install import install_client
from kaven_schema.client.lean.rewrite import make_lean
from kaven_schema.client.place import client_place
from kaven_schema.client.process import InstalledGenerator, installed_generator, run_generator
from kaven_schema.client.request import generate_request
from kaven_schema.client.tenant.writing import write_tenant_client
from kaven_schema.client.unchecked import leave_copies_unchecked
from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.engines.progress import Progress, silent
from kaven_schema.engines.schema_wasm import SchemaEngine
from kaven_schema.engines.wasm_calls import EngineError
from kaven_schema.files import read_source
from kaven_schema.syntax.dialect import Dialect

PROVIDER = "prisma-client-py"
_NOT_LEAN = "the client stays as prisma-client-py wrote it: its modules are not laid out as expected"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedClient:
    """One generator block's client: where its package is, how many models and enums it types."""

    generator: str
    output: Path
    models: int
    enums: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """The clients made, and a line on each generator block that is not ours."""

    clients: tuple[GeneratedClient, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Schema:
    path: Path
    text: str
    dialect: Dialect
    global_models: Sequence[str]
    dmmf: dict[str, Any]
    config: dict[str, Any]
    environment: dict[str, str]


def generate_clients(
    schema_path: Path,
    *,
    prisma: str = "5.17",
    output: Path | None = None,
    lean: bool = True,
    global_models: Sequence[str] = (),
    progress: Progress = silent,
) -> Generation:
    """Generate the client of every generator block whose provider is prisma-client-py.

    `output` takes the place of the block's own, for a schema with one such block. Without either the client
    goes into the installed package `prisma`. A lean client imports faster, with the same types; else it is
    as prisma-client-py wrote it. Where the schema has tenants, the module `tenant` confines the client to one;
    `global_models` are everybody's. If anything fails, the client that was there stays.
    Raises KavenError `client_missing`, `engines_missing`, `client_nothing_to_generate`,
    `client_generator_failed`, `client_output_unwritable`, `client_output_ambiguous`,
    `client_variable_missing`, `prisma_schema_invalid`, and what `read_source` and `SchemaEngine.load` raise.
    """
    package = installed_generator()
    dialect = cast("Dialect", prisma)
    schema = _read_schema(schema_path, SchemaEngine.load(prisma, progress=progress), dialect, global_models)
    ours, ignored = _sorted_generators(schema)
    if output is not None and len(ours) > 1:
        raise KavenError(
            "client_output_ambiguous",
            f"one output for {len(ours)} generator blocks: {', '.join(block['name'] for block in ours)}",
            help="leave `client_output` out of the settings, and set `output` in each of the blocks",
            exit_code=ExitCode.WRONG_USE,
        )
    clients = []
    with progress("Generating the Python client", len(ours)) as advance:
        for generator in ours:
            clients.append(_generate(schema, generator, package, output, lean=lean))
            advance(1)
    return Generation(clients=tuple(clients), ignored=tuple(ignored))


def _read_schema(path: Path, engine: SchemaEngine, dialect: Dialect, global_models: Sequence[str]) -> _Schema:
    absolute = path.absolute()
    text = read_source(path).text
    files = [(str(absolute), text)]
    environment = generator_environment(absolute)
    try:
        config = engine.config(files, environment)
        dmmf = engine.dmmf(files)
    except EngineError as refusal:
        raise KavenError(
            "prisma_schema_invalid",
            f"Prisma does not accept {path}:\n{refusal}",
            help="see each error at its place: kaven check",
            exit_code=ExitCode.PROBLEMS,
        ) from None
    formatted = engine.format(text)  # Prisma's command line hands the formatted text to generators
    return _Schema(
        path=absolute,
        text=formatted,
        dialect=dialect,
        global_models=global_models,
        dmmf=dmmf,
        config=config,
        environment=environment,
    )


def _sorted_generators(schema: _Schema) -> tuple[list[dict[str, Any]], list[str]]:
    ours: list[dict[str, Any]] = []
    ignored: list[str] = []
    for generator in schema.config["generators"]:
        name = generator["name"]
        provider = resolve(generator["provider"], schema.environment, f"the provider of generator {name}")
        if PurePath(provider).stem == PROVIDER:
            ours.append(generator)
        else:
            ignored.append(f"generator {name} ({provider}) is not for Python: left to its own tool")
    if not ours:
        raise _nothing("no generator for Python", f'add: generator client {{ provider = "{PROVIDER}" }}')
    if not schema.config["datasources"]:
        raise _nothing("no datasource", "add a datasource block")
    if not schema.dmmf["datamodel"]["models"]:
        raise _nothing("no models", "add a model")
    return ours, ignored


def _nothing(what: str, help: str) -> KavenError:
    return KavenError(
        "client_nothing_to_generate",
        f"no client can be generated from the schema: it has {what}",
        help=help,
        exit_code=ExitCode.PROBLEMS,
    )


def _generate(
    schema: _Schema,
    generator: dict[str, Any],
    package: InstalledGenerator,
    output: Path | None,
    *,
    lean: bool,
) -> GeneratedClient:
    from tempfile import TemporaryDirectory

    name, datamodel = generator["name"], schema.dmmf["datamodel"]
    target = client_place(schema.path, generator, schema.environment, output)
    with TemporaryDirectory(prefix="kaven-client-") as folder:
        # prisma-client-py renders into itself, so that a partial type generator imports what is being made.
        made = Path(folder, package.folder.name)
        package.copy_to(made)
        request = generate_request(
            schema=schema.path,
            datamodel=schema.text,
            dmmf=schema.dmmf,
            config=schema.config,
            generator=generator,
            output=made,
        )
        said = run_generator(made, request, schema.environment)
        if target != package.folder:
            leave_copies_unchecked(made, package.folder)
        if lean and not make_lean(made):
            said = f"{said}\n{_NOT_LEAN}".strip()
        write_tenant_client(
            made,
            schema.dmmf,
            schema.text,
            config=generator["config"],
            dialect=schema.dialect,
            global_models=schema.global_models,
        )
        install_client(made, target, keep=schema.path)
    return GeneratedClient(
        generator=name,
        output=target,
        models=len(datamodel["models"]),
        enums=len(datamodel["enums"]),
        notes=(said,) if said else (),
    )
