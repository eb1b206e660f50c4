"""prisma-client-py itself generates here, from what Prisma's engine says of the schema."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path

import pytest

from kaven_schema.client.generator import generate_clients
from kaven_schema.client.probe import probe_client
from kaven_schema.diagnostics import ExitCode, KavenError

OUTPUT = 'output                      = "../app/db"'
MODELS = {"Customer", "Order"}


def types_of(client: Path) -> dict[str, dict[str, str]]:
    return {model.name: {field.name: field.type for field in model.fields} for model in probe_client(client)}


def refusal(schema: Path, rule: str, exit_code: ExitCode = ExitCode.PROBLEMS) -> KavenError:
    with pytest.raises(KavenError) as raised:
        generate_clients(schema)
    error = raised.value
    assert (error.rule, error.exit_code) == (rule, exit_code)
    assert error.help
    assert "Traceback" not in error.message
    return error


def test_types_of_the_generated_client(project) -> None:
    generate_clients(project.schema)
    assert types_of(project.client) == {
        "Customer": {
            "id": "str",
            "email": "str",
            "settings": "Optional[Json]",
            "createdAt": "datetime",
            "orders": "Optional[List[Order]]",
        },
        "Order": {
            "id": "int",
            "status": "OrderStatus",
            "total": "Decimal",
            "weight": "Optional[int]",
            "receipt": "Optional[Base64]",
            "labels": "List[str]",
            "customerId": "str",
            "customer": "Optional[Customer]",
        },
    }


def test_report(project) -> None:
    generation = generate_clients(project.schema)
    (client,) = generation.clients
    assert (client.generator, client.models, client.enums, client.notes) == ("client", 2, 1, ())
    assert client.output.resolve() == project.client
    assert generation.ignored == ("generator js (prisma-client-js) is not for Python: left to its own tool",)


def test_nothing_else_is_written(project) -> None:
    before = project.files()
    generate_clients(project.schema)
    assert project.files() == before == {"prisma/schema.prisma"}
    assert not list(project.client.rglob("*.pyc"))
    assert not list(project.client.rglob("*.tmp"))


def test_same_schema_gives_the_same_bytes(project, digest_of) -> None:
    generate_clients(project.schema)
    before = digest_of(project.client)
    generate_clients(project.schema)
    assert digest_of(project.client) == before


def test_schema_travels_with_the_client(project) -> None:
    generate_clients(project.schema)
    text = (project.client / "schema.prisma").read_text(encoding="utf-8")
    assert text == project.schema.read_text(encoding="utf-8")


def test_no_engine_is_looked_for(project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Node, no registry, no way out, and nothing in a home folder: as on a machine without a network."""
    generate_clients(project.schema)
    shutil.rmtree(project.client)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", "")
    for name in ("npm_config_registry", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    generate_clients(project.schema)
    assert types_of(project.client).keys() == MODELS
    assert list(home.iterdir()) == []
    client = (project.client / "client.py").read_text(encoding="utf-8")
    assert "BINARY_PATHS = model_parse(BinaryPaths, {'queryEngine': {}," in client


@pytest.mark.parametrize("prisma", ["6", "7"])
def test_other_versions_of_prisma_give_the_same_types(project, prisma: str) -> None:
    generate_clients(project.schema)
    expected = types_of(project.client)
    if prisma == "7":
        project.edit('  url      = env("SHOP_DATABASE_URL")\n', "")
    shutil.rmtree(project.client)
    generate_clients(project.schema, prisma=prisma)
    assert types_of(project.client) == expected


def test_two_schemas_with_outputs_of_their_own(project) -> None:
    other = project.schema.with_name("other.prisma")
    text = project.schema.read_text(encoding="utf-8")
    other.write_text(text.replace("app/db", "app/other").replace("Customer", "Client"), encoding="utf-8")
    for schema in (project.schema, other):
        generate_clients(schema)
    assert types_of(project.client).keys() == MODELS
    assert types_of(project.root / "app" / "other").keys() == {"Client", "Order"}


def test_two_generators_in_one_schema(project) -> None:
    project.edit(
        "generator js {\n",
        'generator blocking {\n  provider = "prisma-client-py"\n  interface = "sync"\n  output = "../sync"\n'
        "  recursive_type_depth = 5\n  enable_experimental_decimal = true\n}\n\ngenerator js {\n",
    )
    generation = generate_clients(project.schema)
    assert [client.generator for client in generation.clients] == ["client", "blocking"]
    asynchronous, blocking = (client.output / "client.py" for client in generation.clients)
    assert "class Prisma(AsyncBasePrisma)" in asynchronous.read_text(encoding="utf-8")
    assert "class Prisma(SyncBasePrisma)" in blocking.read_text(encoding="utf-8")
    types = [(client.output / "types.pyi").read_text(encoding="utf-8") for client in generation.clients]
    assert "Recursive4" not in types[0]
    assert "Recursive4" in types[1]
    with pytest.raises(KavenError) as raised:
        generate_clients(project.schema, output=project.root / "elsewhere")
    assert raised.value.rule == "client_output_ambiguous"
    assert raised.value.exit_code is ExitCode.WRONG_USE


def test_output_may_be_given(project) -> None:
    (client,) = generate_clients(project.schema, output=Path("elsewhere")).clients
    assert client.output == project.root / "elsewhere"
    assert types_of(client.output).keys() == MODELS
    assert not project.client.exists()


def test_output_from_a_variable(project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.edit('"../app/db"', 'env("CLIENT_FOLDER")')
    error = refusal(project.schema, "client_variable_missing", ExitCode.ENVIRONMENT)
    assert "CLIENT_FOLDER" in error.message
    monkeypatch.setenv("CLIENT_FOLDER", "../app/db")
    generate_clients(project.schema)
    assert types_of(project.client).keys() == MODELS


def test_variables_of_the_env_file_reach_the_generator(project) -> None:
    project.edit('"../app/db"', 'env("CLIENT_FOLDER")')
    (project.schema.parent / ".env").write_text(
        'CLIENT_FOLDER="../app/db"\nPRISMA_PY_CONFIG_INTERFACE=sync\n', encoding="utf-8"
    )
    generate_clients(project.schema)
    assert "class Prisma(SyncBasePrisma)" in (project.client / "client.py").read_text(encoding="utf-8")


def test_generator_speaks_to_the_user(project) -> None:
    project.edit("  recursive_type_depth        = -1\n", "")
    (client,) = generate_clients(project.schema).clients
    assert "recursive_type_depth = -1" in client.notes[0]


def test_partial_types_of_what_is_being_generated(project) -> None:
    project.edit(OUTPUT, OUTPUT + '\n  partial_type_generator = "types/partial.py"')
    (project.root / "types").mkdir()
    (project.root / "types" / "partial.py").write_text(
        "from prisma.models import Customer\n\n"
        "Customer.create_partial('CustomerName', include={'id', 'email'})\n",
        encoding="utf-8",
    )
    before = project.files()
    generate_clients(project.schema)
    assert "class CustomerName(" in (project.client / "partials.py").read_text(encoding="utf-8")
    assert project.files() == before


def test_partial_types_that_fail(project) -> None:
    project.edit(OUTPUT, OUTPUT + '\n  partial_type_generator = "partial.py"')
    (project.root / "partial.py").write_text(
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('no such\\n  thing')\n",
        encoding="utf-8",
    )
    error = refusal(project.schema, "client_generator_failed")
    assert error.message.endswith("ValueError: no such\n  thing")


def test_refused_name_is_told_by_the_names_of_the_schema(project, digest_of) -> None:
    generate_clients(project.schema)
    before = digest_of(project.client)
    project.edit("  settings  Json?\n", "  json Json?\n  from Int?\n")
    error = refusal(project.schema, "client_generator_failed")
    assert 'Customer.json: Field name "json" shadows a BaseModel attribute' in error.message
    assert 'Customer.from: Field name "from" shadows a Python keyword' in error.message
    assert digest_of(project.client) == before
    assert [path.name for path in project.client.parent.iterdir()] == ["db"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"asyncio"', '"threads"', "generator.config.interface: Input should be 'sync' or 'asyncio'"),
        ("interface  ", "interfaces ", "generator.config.interfaces: Extra inputs are not permitted"),
        ("= -1", "= 1", "generator.config.recursive_type_depth: Value must equal -1"),
        ("  enable_experimental_decimal = true\n", "", "enable_experimental_decimal"),
        (OUTPUT, f'{OUTPUT}\n  engineType = "library"', "native engine bindings"),
        (OUTPUT, f'{OUTPUT}\n  partial_type_generator = "./no.py"', "No file found at ./no.py"),
    ],
)
def test_refused_option(project, old: str, new: str, told: str) -> None:
    project.edit(old, new)
    assert told in refusal(project.schema, "client_generator_failed").message
    assert not project.client.parent.exists()


def test_generator_that_does_not_even_start(project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pydantic.py").write_text("raise ImportError('a broken installation')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    error = refusal(project.schema, "client_generator_failed")
    assert error.message.endswith("ImportError: a broken installation")


def test_invalid_schema_is_prismas_to_judge(project) -> None:
    project.edit("settings  Json?", "settings  Jsonb?")
    error = refusal(project.schema, "prisma_schema_invalid")
    assert 'Type "Jsonb" is neither a built-in type' in error.message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no generator for Python"),
        ('generator client {\n  provider = "prisma-client-py"\n}\n', "no datasource"),
        (
            """generator client {
              provider = "prisma-client-py"
            }
            datasource db {
              provider = "sqlite"
              url      = "file:x"
            }""",
            "no models",
        ),
    ],
)
def test_nothing_to_generate(project, text: str, told: str) -> None:
    project.write(text)
    assert told in refusal(project.schema, "client_nothing_to_generate").message


def test_missing_schema(project) -> None:
    refusal(project.root / "none.prisma", "file_not_found")


def test_output_beside_the_schema_leaves_the_schema_alone(project) -> None:
    project.edit('"../app/db"', '"."')
    project.edit("  id        String   @id", "  id String @id")
    text = project.schema.read_text(encoding="utf-8")
    generate_clients(project.schema)
    assert project.schema.read_text(encoding="utf-8") == text
    assert types_of(project.schema.parent).keys() == MODELS


@pytest.fixture
def installed_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """prisma-client-py, installed where a test may write."""
    installed = distribution("prisma")
    site = tmp_path / "site"
    for file in installed.files or ():
        if file.suffix != ".pyc" and ".." not in file.parts:
            copy = site / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(installed.locate_file(file)), copy)
    monkeypatch.syspath_prepend(str(site))
    return site


def test_without_output_the_installed_package_becomes_the_client(project, installed_copy: Path) -> None:
    project.edit(OUTPUT, "")
    for _ in range(2):
        (client,) = generate_clients(project.schema).clients
    assert client.output == installed_copy / "prisma"
    done = subprocess.run(
        [sys.executable, "-c", "from prisma.models import Order; print(*Order.model_fields)"],
        env={**os.environ, "PYTHONPATH": str(installed_copy)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "id status total weight receipt labels customerId customer\n"
    assert {path.name for path in installed_copy.iterdir()} == {
        "prisma",
        "prisma-0.15.0.dist-info",
        "prisma_cleanup",
    }


def test_client_generated_into_the_package_does_not_leak_into_others(project, installed_copy: Path) -> None:
    project.edit(OUTPUT, "")
    project.edit("Customer", "Leaking")
    generate_clients(project.schema)
    project.edit("interface ", f"{OUTPUT}\n  interface ")
    project.edit("Leaking", "Customer")
    generate_clients(project.schema)
    assert types_of(project.client).keys() == MODELS


def test_tenants_of_a_client_in_the_package_are_not_those_of_others(project, installed_copy: Path) -> None:
    without = project.schema.read_text(encoding="utf-8")
    project.edit(OUTPUT, "")
    project.write(
        project.schema.read_text("utf-8") + "model Tenant {\n  id   String @id\n  notes Note[]\n}\n"
    )
    note = "  id String @id\n  tenantId String\n  tenant Tenant @relation(fields: [tenantId], references: [id])\n"
    project.write(f"{project.schema.read_text('utf-8')}model Note {{\n{note}}}\n")
    generate_clients(project.schema)
    assert (installed_copy / "prisma" / "tenant.py").is_file()
    project.write(without)
    generate_clients(project.schema)
    assert not (project.client / "tenant.py").exists()


def test_copies_are_marked_for_mypy_and_what_the_schema_makes_is_not(project) -> None:
    generate_clients(project.schema)
    mark = "# mypy: ignore-errors\n"
    assert (project.client / "_vendor" / "lark_schema_parser.py").read_text("utf-8").startswith(mark)
    assert not any(
        (project.client / name).read_text("utf-8").startswith(mark)
        for name in ("client.py", "actions.py", "models.py", "types.pyi", "_kaven_base.py")
    )


def test_read_only_package_is_no_obstacle(project, installed_copy: Path) -> None:
    """As in a Nix store: the copies must not be read-only too."""
    paths = [*installed_copy.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        generate_clients(project.schema)
    finally:
        for path in paths:
            path.chmod(0o755)
    assert all(os.stat(path).st_mode & 0o200 for path in project.client.rglob("*"))


def test_without_the_extra(project, checkout: Path) -> None:
    code = f"""
from pathlib import Path
from kaven_schema.client.generator import generate_clients
from kaven_schema.diagnostics import KavenError
try: generate_clients(Path({str(project.schema)!r}))
except KavenError as error: print(error.rule, int(error.exit_code), error.help)
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": str(checkout)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "client_missing 3 pip install 'kaven-schema[client]'\n"


def test_progress_counts_the_clients(project) -> None:
    seen: list[tuple[str, int, int]] = []

    @contextmanager
    def progress(title: str, steps: int):
        yield lambda done: seen.append((title, steps, done))

    generate_clients(project.schema, progress=progress)
    assert seen == [("Generating the Python client", 1, 1)]
