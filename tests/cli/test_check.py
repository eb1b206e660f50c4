"""kaven check: four formats, fixes, and Prisma's own verdict."""

from __future__ import annotations

import json
import re

import pytest

SAME_FIELD = "model User {\n  email String @unique\n}"
NO_OPPOSITE = (
    "model Note {\n"
    "  id       String  @id @default(uuid())\n"
    '  ticketId String  @map("ticket_id")\n'
    "  ticket   Ticket  @relation(fields: [ticketId], references: [id])\n"
    "  createdAt DateTime @default(now())\n"
    "  updatedAt DateTime @updatedAt\n\n"
    "  @@index([ticketId])\n"
    "}"
)


def test_nothing_wrong_is_said_on_stdout(project) -> None:
    run = project.run("check")
    assert (run.code, run.out) == (0, "no problems found\n")
    assert run.err == "Prisma 5.17 accepts the merged schema\n"
    assert not project.output.exists()


def test_text_names_both_places_and_what_to_do(project) -> None:
    line = project.extend(SAME_FIELD) + 1
    run = project.run("check")
    assert (run.code, run.err) == (1, "")
    assert run.out.startswith("error[base_field_not_redeclared]: ")
    assert f"--> prisma/schema.extended.prisma:{line}:3" in run.out
    assert re.search(r"--> prisma/schema\.base\.prisma:\d+:3", run.out)
    assert "= help: " in run.out
    assert "= fix: " in run.out
    assert run.out.endswith("\n1 error\n")


def test_json_has_places_and_fix(project) -> None:
    line = project.extend(SAME_FIELD) + 1
    run = project.run("check", "--format", "json")
    report = json.loads(run.out)
    assert (run.code, run.err) == (1, "")
    assert report["summary"] == {"errors": 1, "warnings": 0}
    (found,) = report["diagnostics"]
    assert (found["rule"], found["severity"]) == ("base_field_not_redeclared", "error")
    place = found["location"]
    assert (place["path"], place["line"], place["column"]) == ("prisma/schema.extended.prisma", line, 3)
    text = project.extended.read_text()
    assert text[place["offset"] : place["endOffset"]].startswith("email")
    assert found["related"][0]["path"] == "prisma/schema.base.prisma"
    assert found["fix"]["edits"]


def test_sarif_is_valid_and_names_files_from_the_projects_root(project) -> None:
    line = project.extend(SAME_FIELD) + 1
    below = project.root / "src"
    below.mkdir()
    run = project.run("check", "--format", "sarif", cwd=below)
    log = json.loads(run.out)
    assert (run.code, log["version"]) == (1, "2.1.0")
    (result,) = log["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "prisma/schema.extended.prisma"
    assert place["region"]["startLine"] == line
    assert result["ruleId"] == "base_field_not_redeclared"


def test_github_annotations_are_one_line_each(project) -> None:
    line = project.extend(SAME_FIELD) + 1
    run = project.run("check", "--format", "github")
    assert run.code == 1
    (annotation,) = run.out.splitlines()
    assert annotation.startswith(f"::error file=prisma/schema.extended.prisma,line={line},")
    assert "title=base_field_not_redeclared" in annotation


@pytest.mark.parametrize("format", ["json", "sarif", "github"])
def test_a_clean_project_in_every_format(project, format: str) -> None:
    run = project.run("check", "--format", format)
    assert (run.code, run.err) == (0, "")
    if format == "github":
        assert run.out == ""
    elif format == "json":
        assert json.loads(run.out)["diagnostics"] == []
    else:
        assert json.loads(run.out)["runs"][0]["results"] == []


def test_fixes_mend_extended_and_say_what_they_did(project) -> None:
    base = project.base.read_text()
    project.extend(
        f"{SAME_FIELD}\n\n{NO_OPPOSITE}\n\nmodel Tenant {{\n  noteId String\n  note   Note @relation("
        '"TenantNote", fields: [noteId], references: [id])\n\n  @@index([noteId])\n}'
    )
    assert project.run("check").code == 1
    run = project.run("check", "--fix")
    assert run.code == 0, run.out
    assert run.err.count("fixed: ") >= 4
    text = project.extended.read_text()
    assert "email" not in text
    assert re.search(r"^  noteId String\?$", text, re.MULTILINE)
    assert re.search(r"^  notes +Note\[\]", text, re.MULTILINE)
    assert project.base.read_text() == base
    assert "no problems found" in project.run("check").out or project.run("check").code == 0


def test_fix_changes_nothing_where_nothing_is_mechanical(project) -> None:
    project.edit(project.extended, "phone   String?", "phone   Strin?")
    before = project.files()
    run = project.run("check", "--fix")
    assert run.code == 1
    assert "fixed" not in run.err
    assert project.files() == before


def test_fix_keeps_line_endings_and_comments(project) -> None:
    project.extend("model User {\n  // before\n  email String @unique\n  // behind\n  age Int? // years\n}")
    text = project.extended.read_text().replace("\n", "\r\n")
    project.extended.write_bytes(text.encode())
    assert project.run("check", "--fix").code == 0
    mended = project.extended.read_bytes().decode()
    assert mended == text.replace("  email String @unique\r\n", "")


def test_prismas_own_verdict_is_told_at_our_line(project) -> None:
    line = project.extend("model User {\n  motto String? @db.Text @db.VarChar(3)\n}") + 1
    ours = project.run("check", "--no-official", "--format", "json")
    assert not [found for found in json.loads(ours.out)["diagnostics"] if found["severity"] == "error"]
    run = project.run("check", "--format", "json")
    assert run.code == 1
    found = [one for one in json.loads(run.out)["diagnostics"] if one["rule"] == "prisma_accepts"]
    assert found
    place = found[0]["location"]
    assert (place["path"], place["line"]) == ("prisma/schema.extended.prisma", line)


def test_prismas_verdict_on_base_is_told_at_the_line_of_base(project) -> None:
    line = project.base.read_text().splitlines().index('  url      = env("DATABASE_URL")') + 1
    run = project.run("check", "--prisma", "7", "--format", "json")
    places = [
        (found["location"]["path"], found["location"]["line"]) for found in json.loads(run.out)["diagnostics"]
    ]
    assert ("prisma/schema.base.prisma", line) in places


def test_without_the_engines_it_says_so_and_goes_on(project) -> None:
    hidden = project.root / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import sys\n"
        "class Hide:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'wasmtime': raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Hide())\n"
        "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, package=None: None if name == 'wasmtime' else find(name)\n"
    )
    path = f"{hidden}:{project.environment['PYTHONPATH']}"
    run = project.run("check", PYTHONPATH=path)
    assert (run.code, run.out) == (0, "no problems found\n")
    assert "pip install 'kaven-schema[engines]'" in run.err


def test_nothing_is_written_but_the_cache(project) -> None:
    before = project.files()
    project.run("check")
    assert project.files() == before
