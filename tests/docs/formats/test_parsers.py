"""What we write, read by Mermaid's and DBML's own parsers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kaven_schema.docs.formats.dbml import to_dbml
from kaven_schema.docs.formats.mermaid import to_mermaid
from kaven_schema.docs.schema import DocumentedSchema
from kaven_schema.engines.node import find_node_tools
from kaven_schema.engines.packages import ensure_packages
from tests.docs.schemas import example, huge, tricky

pytestmark = pytest.mark.long
SCHEMAS = {"example": example, "tricky": tricky, "huge": huge}


@pytest.fixture(scope="module")
def modules() -> Path:
    return ensure_packages("npm", recipes=Path(__file__).resolve().parents[1]) / "node_modules"


def parsed(modules: Path, format: str, text: str, folder: Path) -> dict[str, Any]:
    file = folder / f"schema.{format}"
    file.write_text(text, encoding="utf-8")
    command = [
        find_node_tools().node,
        str(Path(__file__).parent / "parse.mjs"),
        str(modules),
        format,
        str(file),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", SCHEMAS)
def test_mermaid(name: str, modules: Path, tmp_path: Path) -> None:
    schema: DocumentedSchema = SCHEMAS[name]()
    found = parsed(modules, "mermaid", to_mermaid(schema), tmp_path)
    assert found["tables"] == {model.name: [field.name for field in model.fields] for model in schema.models}
    assert found["links"] == len(schema.relations)


@pytest.mark.parametrize("name", SCHEMAS)
def test_dbml(name: str, modules: Path, tmp_path: Path) -> None:
    schema: DocumentedSchema = SCHEMAS[name]()
    found = parsed(modules, "dbml", to_dbml(schema), tmp_path)
    tables = {model.table: [field.column for field in model.fields] for model in schema.models}
    assert found["tables"] == tables
    assert found["links"] == len(schema.relations)
    stored = {enum.stored: [value.stored for value in enum.values] for enum in schema.enums}
    assert found["enums"] == stored
    assert found["groups"] == [area.name for area in schema.areas]


def test_a_part_of_a_schema(modules: Path, tmp_path: Path) -> None:
    some = {"Order", "OrderItem"}
    assert parsed(modules, "mermaid", to_mermaid(example(), some), tmp_path)["tables"].keys() == some
    found = parsed(modules, "dbml", to_dbml(example(), some), tmp_path)
    assert (found["tables"].keys(), found["enums"].keys()) == ({"orders", "order_items"}, {"OrderStatus"})
    assert found["groups"] == ["Order management"]
