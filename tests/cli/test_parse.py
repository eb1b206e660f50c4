"""kaven parse: a verdict on syntax, and trees whose places are right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

SCHEMA = """\
// above
model User {
  id    Int     @id @default(autoincrement())
  name  String? @db.VarChar(20) @map("full name") // ünï 🎉
  posts Post[]  @relation("Author", onDelete: Cascade)

  @@unique([id, name], map: "both")
}

/// values
enum Role {
  ADMIN @map("admin")
}

datasource db {
  provider = "postgresql"
}
"""


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "node" in value:
            yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def at(text: str, place: list[int]) -> str:
    """The text between two places, each a line and a column counted from 1."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    first_line, first_column, last_line, last_column = place
    return text[starts[first_line - 1] + first_column - 1 : starts[last_line - 1] + last_column - 1]


@pytest.mark.parametrize("text", [SCHEMA, SCHEMA.replace("\n", "\r\n")], ids=["LF", "CRLF"])
def test_every_node_is_where_the_tree_says(folder, text: str) -> None:
    (folder.root / "a.prisma").write_bytes(text.encode())
    run = folder.run("parse", "--json", "a.prisma")
    assert (run.code, run.err) == (0, "")
    report = json.loads(run.out)
    (file,) = report["files"]
    found = list(nodes(file["items"]))
    assert file["file"] == "a.prisma"
    assert len(found) > 30
    by_kind: dict[str, list[str]] = {}
    for node in found:
        shown = at(text, node["at"])
        by_kind.setdefault(node["node"], []).append(shown)
        if node["node"] in ("Field", "EnumValue", "Property"):
            assert shown.startswith(node["name"])
        if node["node"] == "Comment":
            assert shown == node["text"]
    assert [block.split(" {")[0] for block in by_kind["Block"]] == [
        "model User",
        "enum Role",
        "datasource db",
    ]
    assert all(block.endswith("}") for block in by_kind["Block"])
    assert by_kind["Attribute"] == [
        "@id",
        "@default(autoincrement())",
        "@db.VarChar(20)",
        '@map("full name")',
        '@relation("Author", onDelete: Cascade)',
        '@@unique([id, name], map: "both")',
        '@map("admin")',
    ]


def test_right_syntax_says_nothing(project) -> None:
    run = project.run("parse", "prisma/schema.base.prisma", "prisma/schema.extended.prisma")
    assert (run.code, run.out, run.err) == (0, "", "")


def test_every_wrong_line_is_told(folder) -> None:
    (folder.root / "a.prisma").write_text("model A {\n  id Int @\n  b\n  c Int\n}\nnonsense\n")
    run = folder.run("parse", "a.prisma")
    assert (run.code, run.out) == (1, "")
    assert all(f"--> a.prisma:{line}:" in run.err for line in (2, 3, 6))
    assert "a.prisma:4:" not in run.err


def test_json_has_the_errors_and_what_could_be_read(folder) -> None:
    (folder.root / "a.prisma").write_text("model A {\n  id Int @id\n  b\n}\n")
    run = folder.run("parse", "--json", "a.prisma")
    report = json.loads(run.out)
    assert (run.code, run.err) == (1, "")
    (found,) = report["diagnostics"]
    assert (found["rule"], found["location"]["line"]) == ("syntax_error", 3)
    assert report["summary"]["errors"] == 1
    assert report["files"][0]["items"][0]["name"] == "A"


def test_only_the_syntax_is_judged(folder) -> None:
    (folder.root / "a.prisma").write_text("model A {\n  b Nowhere @nonsense(1)\n}\n")
    assert folder.run("parse", "a.prisma").code == 0


@pytest.mark.parametrize("prisma", ["5.17", "6", "7"])
def test_the_dialect_decides(folder, prisma: str) -> None:
    (folder.root / "a.prisma").write_text("model Café {\n  id Int @id\n}\n")
    assert folder.run("parse", "--prisma", prisma, "a.prisma").code == int(prisma == "5.17")


def test_files_that_are_not_there(folder) -> None:
    assert folder.run("parse", "gone.prisma").code == 2
    assert folder.run("parse", ".").code == 2
