from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import pytest

from kaven_schema.client.generator import generate_clients
from kaven_schema.client.probe import TypedField, probe_client
from kaven_schema.diagnostics import KavenError


def refusal(folder: Path) -> str:
    with pytest.raises(KavenError) as raised:
        probe_client(folder)
    assert raised.value.rule == "client_import_failed"
    assert "Traceback" not in raised.value.message
    return raised.value.message


def test_models_come_by_name_and_fields_as_in_the_schema(project) -> None:
    generate_clients(project.schema)
    customer, order = probe_client(project.client)
    assert (customer.name, order.name) == ("Customer", "Order")
    assert order.fields[:2] == (TypedField("id", "int"), TypedField("status", "OrderStatus"))


def test_client_named_like_the_installed_package(project) -> None:
    (client,) = generate_clients(project.schema, output=Path("lib/prisma")).clients
    assert [model.name for model in probe_client(client.output)] == ["Customer", "Order"]


def test_no_client_there(tmp_path: Path) -> None:
    assert "no package at" in refusal(tmp_path)


def test_package_without_a_generated_client(tmp_path: Path) -> None:
    installed = distribution("prisma")
    for file in installed.files or ():
        if file.parts[0] == "prisma" and file.suffix == ".py" and file.name != "client.py":
            copy = tmp_path / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(Path(str(installed.locate_file(file))).read_bytes())
    assert "holds no generated client" in refusal(tmp_path / "prisma")


def test_client_that_breaks_at_import(project) -> None:
    generate_clients(project.schema)
    (project.client / "enums.py").write_text("raise ValueError('broken')\n", encoding="utf-8")
    assert refusal(project.client).endswith("ValueError: broken")
