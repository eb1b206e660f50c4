"""The tenant's client as a part of the one that is generated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kaven_schema.client.generator import generate_clients
from kaven_schema.client.tenant.writing import TENANT_FILES

SCHOOL = Path(__file__).parents[2] / "services" / "tenancy" / "fixtures" / "school.prisma"
LOADS = """\
import sys
import school
before = {*sys.modules}
import school.tenant
print(sorted({*sys.modules} - before))
"""


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    path = tmp_path / "schema.prisma"
    path.write_text(SCHOOL.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def python(folder: Path, program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("lean", [True, False])
def test_import_loads_little(schema: Path, lean: bool) -> None:
    generate_clients(schema, output=schema.parent / "school", lean=lean)
    loaded = python(schema.parent, LOADS)
    assert "kaven_schema" not in loaded
    assert set(eval(loaded)) == {
        f"school.{name.removesuffix('.py')}" for name in TENANT_FILES if name.endswith(".py")
    }


def test_same_schema_same_text(schema: Path) -> None:
    for name in ("one", "two"):
        generate_clients(schema, output=schema.parent / name)
    for name in TENANT_FILES:
        assert (schema.parent / "one" / name).read_bytes() == (schema.parent / "two" / name).read_bytes()


def test_goes_with_the_tenants(schema: Path) -> None:
    output = schema.parent / "school"
    generate_clients(schema, output=output)
    assert all((output / name).exists() for name in TENANT_FILES)
    text = schema.read_text(encoding="utf-8")
    head = text[: text.index("model Tenant")]
    schema.write_text(f"{head}model Order {{\n  id Int @id\n}}\n", encoding="utf-8")
    generate_clients(schema, output=output)
    assert not any((output / name).exists() for name in TENANT_FILES)


def test_global_models(schema: Path) -> None:
    for name, models in (("one", ()), ("two", ("Stray",))):
        generate_clients(schema, output=schema.parent / name, global_models=models)
        has = "def stray(self)" in (schema.parent / name / "tenant.pyi").read_text(encoding="utf-8")
        assert has == (name == "two")
