"""`kaven services rules` in a project."""

from __future__ import annotations

import json

from kaven_schema.services.rules import PARTS, rules_script
from tests.cli.conftest import Project


def test_schema_of_the_services(project: Project) -> None:
    first = project.run("services", "init")
    assert first.code == 0
    line = 'extended = ["prisma/schema.extended.prisma", "prisma/services.extended.prisma"]'
    assert first.err.splitlines()[:2] == ["prisma/services.extended.prisma written", f"kaven.toml: {line}"]
    assert line in (project.root / "kaven.toml").read_text()
    again = json.loads(project.run("services", "init", "--json").out)
    assert again == {"file": "prisma/services.extended.prisma", "written": False, "settings": None}


def test_settings_that_are_edited_by_hand(project: Project) -> None:
    (project.root / "kaven.toml").write_text('extended = [\n  "prisma/schema.extended.prisma", # ours\n]\n')
    run = project.run("services", "init")
    assert run.code == 1
    assert "error[services_extended_by_hand]: `extended` of kaven.toml" in run.err
    assert 'write it there: extended = ["prisma/schema.extended.prisma", "prisma/serv' in run.err


def test_printed(project: Project) -> None:
    assert project.run("services", "rules").out == rules_script()
    assert project.run("services", "rules", "--part", "money").out == rules_script(["money"])
    assert 'FROM "web"' in project.run("services", "rules", "--part", "audit", "--role", "web").out


def test_written_once(project: Project) -> None:
    early = project.run("services", "rules", "--write")
    assert (early.code, "error[services_rules_too_early]" in early.err) == (1, True)
    assert "kaven migrate dev" in early.err
    script = project.root / "prisma" / "migrations" / "20250101000000_dev_all" / "migration.sql"
    script.parent.mkdir(parents=True)
    needs = "".join(f'CREATE TABLE "{name}" ();\n' for part in PARTS for name in part.needs)
    script.write_text(needs, encoding="utf-8")
    first = project.run("services", "rules", "--write", "--part", "audit", "--json")
    assert json.loads(first.out)["parts"] == ["audit"]
    second = project.run("services", "rules", "--write")
    assert second.code == 0
    assert "written: numbering, history, money, tenants" in second.err
    assert "nothing to write" in project.run("services", "rules", "--write").err
    assert json.loads(project.run("services", "rules", "--write", "--json").out) == {
        "written": None,
        "parts": [],
    }


def test_wrong_use(project: Project) -> None:
    assert project.run("services", "rules", "--json").code == 2
    assert project.run("services", "rules", "--part", "nothing").code == 2
    assert "kaven services rules --write" in project.run("services", "--help").out
