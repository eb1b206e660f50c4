"""`kaven erd` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import Folder, Project

EXAMPLE = Path(__file__).resolve().parents[2] / "prisma"
SOURCES = (
    "--base",
    str(EXAMPLE / "schema.base.prisma"),
    "--extended",
    str(EXAMPLE / "schema.extended.prisma"),
)


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("a.txt", "┌──".encode()),
        pytest.param("a.svg", b"<svg ", marks=pytest.mark.long),
        pytest.param("a.png", b"\x89PNG", marks=pytest.mark.long),
        pytest.param("a.mmd", b"---\ntitle:", marks=pytest.mark.long),
        pytest.param("a.dbml", b"Project ", marks=pytest.mark.long),
        pytest.param("other", b"<svg ", marks=pytest.mark.long),
    ],
)
def test_the_ending_chooses_the_form(name: str, begins: bytes, project: Project) -> None:
    run = project.run("erd", "-o", name)
    assert (run.code, run.out) == (0, "")
    assert run.err.endswith(f"{name} written\n")
    assert (project.root / name).read_bytes().startswith(begins)
    assert project.run("erd", "-o", name).err.endswith(f"{name} is up to date\n")
    assert not list(project.root.glob(".*.tmp"))


def test_standard_output_holds_the_diagram_alone(folder: Folder) -> None:
    run = folder.run("erd", *SOURCES)
    assert run.code == 0
    assert ET.fromstring(run.out).tag.endswith("svg")


def test_the_form_is_chosen_before_the_ending(project: Project) -> None:
    project.run("erd", "--format", "text", "-o", "a.svg")
    assert (project.root / "a.svg").read_text().startswith("┌──")


def test_an_area_and_a_model(folder: Folder) -> None:
    shown = folder.run("erd", "--area", "order", "--format", "text", *SOURCES).out
    assert "OrderStatusHistory" in shown
    assert "Tenant" not in shown
    shown = folder.run("erd", "--model", "OrderItem", "--format", "mermaid", *SOURCES).out
    assert [line.split('"')[1] for line in shown.splitlines() if line.endswith("{")] == ["Order", "OrderItem"]
    shown = folder.run("erd", "--model", "OrderItem", "--depth", "0", "--format", "dbml", *SOURCES).out
    assert shown.count("\nTable ") == 1


def test_the_areas(folder: Folder) -> None:
    areas = json.loads(folder.run("erd", "--areas", "--json", *SOURCES).out)
    assert areas["Order management"] == ["Order", "OrderItem", "OrderStatusHistory"]
    assert (
        "Order management: Order, OrderItem, OrderStatusHistory\n"
        in folder.run("erd", "--areas", *SOURCES).out
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--area", "nowhere"], "error[name_unknown]: no area is named `nowhere`"),
        (["--area", "a"], "error[name_unknown]: more than one area fits `a`"),
        (["--model", "Usr"], "did you mean `User`?"),
        (["--model", "User", "--area", "core"], "choose one"),
        (["--format", "gif"], "'gif' is not one of"),
        (["--output", ""], "--output is empty"),
        (["--output", "a.xyz"], ".xyz is the ending of no form"),
        (["--depth", "2"], "--depth is of the neighbours of --model"),
        (["--model", "nosuch"], "`Ticket` and 1 more"),
        pytest.param(["--format", "png", "--scale", "8"], "error[picture_too_large]", marks=pytest.mark.long),
    ],
)
def test_wrong_use(arguments: list[str], said: str, folder: Folder) -> None:
    run = folder.run("erd", *arguments, *SOURCES)
    assert (run.code, run.out) == (2, "")
    assert said in run.err


def test_a_folder_in_the_files_place(project: Project) -> None:
    run = project.run("erd", "--format", "text", "-o", "prisma")
    assert run.code == 3
    assert run.err.startswith("error[output_is_directory]")
    run = project.run("erd", "--format", "text", "-o", "no/such/a.txt")
    assert run.code == 3
    assert "mkdir -p no/such" in run.err


def test_a_schema_that_does_not_merge(project: Project) -> None:
    project.extend("model Broken {\n  id Nonsense @id\n}\n")
    run = project.run("erd", "-o", "a.svg")
    assert run.code == 1
    assert "type_known" in run.err
    assert not (project.root / "a.svg").exists()
