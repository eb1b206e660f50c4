"""What `client_safe_name` says, held against prisma-client-py: it generates, and Python imports, for real."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaven_schema.client.generator import generate_clients
from kaven_schema.client.probe import probe_client
from kaven_schema.diagnostics import KavenError
from kaven_schema.engines.cache import cache_folder
from kaven_schema.rules.python_client import names
from tests.rules.compiling import compile_texts

SLUG = "client_safe_name"
NEAR_MISSES = Path(__file__).resolve().parent.parent / "fixtures" / "rules" / SLUG / "near_misses"
HEAD = """\
generator client {
  provider                    = "prisma-client-py"
  enable_experimental_decimal = true
  recursive_type_depth        = -1
}

datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}
"""
REFUSED = names.KEYWORDS | names.MODEL_ATTRIBUTES | names.QUERY_ALIASES.keys() | {names.MODEL_METHOD}
# Each hides what stands in the fields below it.
HIDING = names.HIDDEN_BEHIND_FIELD.keys() | names.HIDDEN_FROM_FIELD_ON.keys()
KINDS = """\
  first   DateTime
  price   Decimal
  data    Json
  kind    Kind
  words   String[]
  ownerId String
  owner   Owner    @relation(fields: [ownerId], references: [id])
}

model Owner {
  id    String @id
  things Thing[]
}

enum Kind {
  A
}
"""


@pytest.fixture(scope="module", autouse=True)
def shared_cache() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAVEN_CACHE_DIR", str(cache_folder()))
        yield


class Client:
    """A schema, and the package that is generated from it."""

    def __init__(self, folder: Path, text: str) -> None:
        self.text = text
        self.package = folder / "client"
        self.schema = folder / "schema.prisma"
        self.schema.write_text(text, encoding="utf-8")

    def findings(self) -> int:
        return len(compile_texts({"base.prisma": self.text}).diagnostics(SLUG))

    def generate(self, *, lean: bool = False) -> None:
        """A lean client puts off much of what breaks until it is used."""
        generate_clients(self.schema, output=self.package, lean=lean)

    def holds(self, expression: str) -> bool:
        """Whether Python says so of the imported `client` and `db`, an instance of it."""
        script = f"import client; db = client.Prisma(use_dotenv=False); print(bool({expression}))"
        finished = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script],
            check=True,
            capture_output=True,
            encoding="utf-8",
            cwd=self.package.parent,
        )
        return finished.stdout.strip() == "True"


@pytest.fixture
def client_of(tmp_path: Path):
    return lambda text: Client(tmp_path, text)


def model(name: str = "Thing", *fields: str) -> str:
    return "\n".join([f"model {name} {{", "  id String @id", *(f"  {field}" for field in fields), "}\n"])


def thing_with(field: str) -> str:
    return f"{HEAD}\nmodel Thing {{\n  id String @id\n  {field}\n{KINDS}"


@pytest.mark.parametrize("lean", [False, True])
def test_near_misses_are_fine(client_of, lean: bool) -> None:
    texts = [(NEAR_MISSES / name).read_text() for name in ("base.prisma", "extended.prisma")]
    client = client_of("\n".join(texts))
    assert client.findings() == 0
    client.generate(lean=lean)
    fields = {found.name: [field.name for field in found.fields] for found in probe_client(client.package)}
    assert "json" not in fields["Page"]
    assert {"id_", "datetime", "List", "model_fields"} <= set(fields["Page"])
    assert client.holds(
        "db.other_user is not db.user and db.transaction and callable(db.tx) and callable(db.connect)"
        " and [kind.value for kind in client.enums.Kind][1:3] == ['value', 'name']"
    )


def test_refused_fields_are_refused(client_of) -> None:
    fields = [f"{name} String" for name in sorted(REFUSED)]
    client = client_of(HEAD + model("Thing", *fields, "fine String"))
    assert client.findings() == len(REFUSED)
    with pytest.raises(KavenError) as raised:
        client.generate()
    assert set(re.findall(r"Thing\.(\w+): ", raised.value.message)) == REFUSED


REFUSALS = {
    "model named like a keyword": model("Import"),
    "Decimal that is not enabled": model("Thing", "price Decimal").join(
        (HEAD.replace("enable_experimental_decimal = true", ""), "")
    ),
    "key over an ignored field": model("Thing", "part Int? @ignore", "@@unique([part])"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_generator_refuses(client_of, name: str) -> None:
    text = REFUSALS[name]
    client = client_of(text if "generator" in text else HEAD + text)
    assert client.findings() == 1
    with pytest.raises(KavenError) as raised:
        client.generate()
    assert raised.value.rule == "client_generator_failed"


BREAKING = {
    "field": thing_with("datetime DateTime?"),
    "model": HEAD + model("Set"),
    "property": HEAD + model("Tx"),
    "value": f"{HEAD}{model('Thing', 'kind Kind')}enum Kind {{\n  None\n}}\n",
    "key": HEAD + model("Thing", "documents Json[]", "@@unique([documents])"),
    "documentation": f"{HEAD}/// C:\\Users\n{model()}",
}
BREAKING_BY_NAME = {
    **{f"field {name}": thing_with(f"{name} String?") for name in sorted(HIDING)},
    **{f"class {name}": HEAD + model(name) + model() for name in sorted(names.BREAKING_CLASSES)},
    **{f"property {name}": HEAD + model(name) for name in sorted(names.CLIENT_METHODS)},
    **{
        f"class {name}": f"{HEAD}{model(name)}{thing_with('note String?').removeprefix(HEAD)}"
        for name in sorted(names.HIDDEN_BEHIND_CLASS.keys() | names.HIDDEN_FROM_CLASS_ON.keys() | {"set"})
    },
    **{
        f"value {name}": f"{HEAD}{model('Thing', 'kind Kind')}enum Kind {{\n  {name}\n}}\n"
        for name in sorted(names.KEYWORDS | {names.ENUM_MEMBER})
    },
}


def breaks(client: Client) -> None:
    assert client.findings() == 1
    client.generate()
    with pytest.raises(KavenError) as raised:
        probe_client(client.package)
    assert raised.value.rule == "client_import_failed"


@pytest.mark.parametrize("name", BREAKING)
def test_breaks_at_import(client_of, name: str) -> None:
    breaks(client_of(BREAKING[name]))


@pytest.mark.long
@pytest.mark.parametrize("name", BREAKING_BY_NAME)
def test_each_name_breaks_at_import(client_of, name: str) -> None:
    breaks(client_of(BREAKING_BY_NAME[name]))


def test_spoils_in_silence(client_of) -> None:
    methods = sorted(name for name in names.CLIENT_ATTRIBUTES if not name.startswith("_"))
    blocks = [model(name) for name in (*methods, "Commit", "User", "user")]
    client = client_of(
        HEAD + "".join(blocks) + model("Thing", "create_partial String", "model_fields String")
    )
    assert client.findings() == len(methods) + 4
    client.generate()
    actions = {name: f"{name}Actions" for name in (*methods, "user")}
    assert client.holds(
        f"all(type(getattr(db, name)).__name__ == actions for name, actions in {actions}.items())"
        " and type(db.batch_().commit).__name__ == 'CommitBatchActions'"
        " and not hasattr(client.models.Thing, 'create_partial')"
        " and not client.models.Thing.__pydantic_fields__['model_fields'].is_required()"
    )
