"""kaven blame: every line of the merged schema, and where it comes from."""

from __future__ import annotations

import json
import re

import pytest


def rows_of(out: str) -> list[tuple[int, str, str]]:
    parts = [re.fullmatch(r" *(\d+) (\S*) *\|(?: (.*))?", line) for line in out.splitlines()]
    assert all(parts)
    return [(int(part[1]), part[2], part[3] or "") for part in parts if part]


def test_every_line_of_the_output_is_shown_with_the_line_it_came_from(project) -> None:
    project.run("merge")
    run = project.run("blame")
    assert (run.code, run.err) == (0, "")
    rows = rows_of(run.out)
    assert [text for _, _, text in rows] == project.merged().splitlines()
    assert [line for line, _, _ in rows] == list(range(1, len(rows) + 1))
    for _, place, text in rows:
        if place:
            path, _, line = place.rpartition(":")
            written = (project.root / path).read_text().splitlines()[int(line) - 1]
            assert written.split() == text.split()


def test_a_model_has_lines_of_both_layers(project) -> None:
    rows = rows_of(project.run("blame", "User").out)
    files = {text.split()[0]: place.rpartition(":")[0] for _, place, text in rows if place and text.strip()}
    assert rows[0][2] == "model User {"
    assert rows[-1][2] == "}"
    assert files["email"] == "prisma/schema.base.prisma"
    assert files["phone"] == "prisma/schema.extended.prisma"


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("User.email", "base", "  email     String   @unique // for login"),
        ("User.phone", "extended", "  phone   String?"),
        ("Role.GUEST", "extended", "  GUEST"),
        ("db.provider", "base", '  provider = "postgresql"'),
    ],
)
def test_one_line(project, name: str, file: str, text: str) -> None:
    run = project.run("blame", name)
    ((_, place, shown),) = rows_of(run.out)
    path = f"prisma/schema.{file}.prisma"
    assert place == f"{path}:{(project.root / path).read_text().splitlines().index(text) + 1}"
    assert shown.split() == text.split()


def test_json(project) -> None:
    run = project.run("blame", "User.phone", "--json")
    (row,) = json.loads(run.out)
    assert (row["path"], row["from"]) == ("prisma/schema.extended.prisma", 3)
    assert row["text"].split() == ["phone", "String?"]
    added = [row for row in json.loads(project.run("blame", "--json").out) if row["path"] is None]
    assert any("AUTO-GENERATED" in row["text"] for row in added)


@pytest.mark.parametrize(("name", "hint"), [("Usr", "`User`"), ("User.emial", "`email`"), ("Zzz", "Tenant")])
def test_an_unknown_name_is_wrong_use_with_a_suggestion(project, name: str, hint: str) -> None:
    run = project.run("blame", name)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("error[name_unknown]")
    assert hint in run.err.partition("= help:")[2]


def test_what_does_not_merge_has_no_lines(project) -> None:
    project.edit(project.extended, "phone   String?", "phone   Strin?")
    run = project.run("blame", "User")
    assert (run.code, run.out) == (1, "")
    assert "error[type_known]" in run.err
