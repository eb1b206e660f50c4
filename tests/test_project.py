"""A project on disk: what a merge writes, what it keeps, and what it remembers of the last run."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kaven_schema.diagnostics import KavenError, Severity
from kaven_schema.pipeline import Merged
from kaven_schema.project import Project
from kaven_schema.render.file import FileState
from tests.projects import BASE, BASE_FILE, EXTENDED, EXTENDED_FILE, OUTPUT, files, make_project, project
from tests.running import kaven, python

WARNED = "model Note {\n  id String @id @default(uuid())\n  tenantId String\n}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


# --- what a merge writes ------------------------------------------------------------------------------------------


def test_a_merge_writes_the_output_and_nothing_else(root):
    before = files(root)
    run = project(root).merge()
    assert (run.changed, run.failed, run.kept) == (True, False, None)
    after = files(root)
    assert after.pop(OUTPUT) == project(root).compile().text.encode()
    assert after == before


def test_judging_writes_no_output(root):
    before = files(root)
    assert project(root).compile().text
    assert files(root) == before


@pytest.mark.parametrize("call", [Project.merge, Project.compile])
def test_what_kaven_keeps_is_out_of_git(root, call):
    call(project(root))
    assert (root / ".kaven" / ".gitignore").read_text() == "*\n"


def test_a_merge_with_nothing_to_do_touches_nothing(root):
    project(root).merge()
    before = (root / OUTPUT).stat()
    assert not project(root).merge().changed
    after = (root / OUTPUT).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_header_names_the_output_from_the_project_on(root):
    (root / "kaven.toml").write_text('output = "generated/deep/schema.prisma"\n')
    (root / "generated" / "deep").mkdir(parents=True)
    project(root).merge()
    assert (root / "generated/deep/schema.prisma").read_text().startswith("// generated/deep/schema.prisma\n")


def test_an_output_outside_that_was_named_is_written(root, tmp_path):
    (root / "kaven.toml").write_text('output = "../elsewhere.prisma"\n')
    project(root).merge()
    assert (tmp_path / "elsewhere.prisma").read_text(encoding="utf-8").startswith("// elsewhere.prisma\n")


def test_errors_leave_the_output_as_it_is(root):
    project(root).merge()
    before = files(root)[OUTPUT]
    (root / EXTENDED_FILE).write_text("model Tenant {\n  id String @id\n}\n")
    run = project(root).merge()
    assert run.failed
    assert not run.changed
    assert files(root)[OUTPUT] == before


def test_an_output_that_is_gone_is_written_again(root):
    project(root).merge()
    text = (root / OUTPUT).read_bytes()
    (root / OUTPUT).unlink()
    assert project(root).merge().changed
    assert (root / OUTPUT).read_bytes() == text


def test_the_output_keeps_its_permissions(root):
    project(root).merge()
    (root / OUTPUT).chmod(0o640)
    (root / EXTENDED_FILE).write_text("// nothing\n")
    project(root).merge()
    assert stat.S_IMODE((root / OUTPUT).stat().st_mode) == 0o640


# --- what stands at the output's place --------------------------------------------------------------------------------


def test_states_of_the_output(root):
    assert project(root).output_state() is None
    project(root).merge()
    assert project(root).output_state() is FileState.CURRENT
    text = (root / OUTPUT).read_text(encoding="utf-8")
    (root / OUTPUT).write_text(text.replace("Tenant", "Company"), encoding="utf-8")
    assert project(root).output_state() is FileState.EDITED
    (root / OUTPUT).write_text(text, encoding="utf-8")
    (root / EXTENDED_FILE).write_text("")
    assert project(root).output_state() is FileState.STALE
    (root / OUTPUT).write_text("model A {\n  id Int @id\n}\n")
    assert project(root).output_state() is FileState.FOREIGN


@pytest.mark.parametrize("written", ["edited", "model Mine {\n  id Int @id\n}\n", ""])
def test_what_others_wrote_there_is_kept(root, written):
    project(root).merge()
    ours = (root / OUTPUT).read_text(encoding="utf-8")
    if written == "edited":
        written = ours.replace("// the end", "// by hand")
    (root / OUTPUT).write_text(written, encoding="utf-8")
    run = project(root).merge()
    assert run.changed
    assert run.kept is not None
    assert run.kept.parent == root / ".kaven" / "kept"
    assert run.kept.read_text(encoding="utf-8") == written
    assert (root / OUTPUT).read_text(encoding="utf-8") == ours


def test_a_stale_output_of_ours_is_not_kept(root):
    project(root).merge()
    (root / EXTENDED_FILE).write_text("// nothing\n")
    run = project(root).merge()
    assert run.changed
    assert run.kept is None


def test_two_different_edits_are_both_kept(root):
    kept = set()
    for edit in ("first", "second", "first"):
        (root / OUTPUT).write_text(f"// {edit}\n")
        run = project(root).merge()
        assert run.kept is not None
        kept.add(run.kept.read_text())
    assert kept == {"// first\n", "// second\n"}
    assert len(list((root / ".kaven" / "kept").iterdir())) == 2


# --- what the last run found ------------------------------------------------------------------------------------------


def test_warnings_of_the_last_run_are_told_again(root):
    (root / EXTENDED_FILE).write_text(WARNED)
    first, second = project(root).merge(), project(root).merge()
    assert first.changed
    assert not second.changed
    assert first.diagnostics
    assert second.diagnostics == first.diagnostics


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "kaven.toml").write_text('[rules]\ntimestamps_present = "off"\n'),
        lambda root: (root / "kaven.toml").write_text('prisma = "6"\n'),
        lambda root: (root / "kaven.toml").write_text('global_models = ["Note"]\n'),
        lambda root: (root / BASE_FILE).write_text(BASE + "\n// more\n"),
        lambda root: (root / ".kaven/cache/last-run").write_bytes(b"spoilt"),
        lambda root: (root / ".kaven/cache/last-run").unlink(),
    ],
)
def test_a_change_is_seen(root, change, monkeypatch):
    (root / EXTENDED_FILE).write_text(WARNED)
    project(root).merge()
    change(root)
    compiled = []

    def compile_and_tell(self: Project) -> Merged:
        compiled.append(1)
        return compile_(self)

    monkeypatch.setattr(Project, "compile", compile_and_tell)
    project(root).merge()
    assert compiled


compile_ = Project.compile

NOTHING_LOADED = """
import sys
from pathlib import Path
from kaven_schema.config import load_settings
from kaven_schema.project import Project
run = Project(load_settings(Path.cwd())).merge()
assert not run.changed and not run.failed
loaded = {name for name in sys.modules if name.split(".")[0] in ("lark", "jinja2")}
loaded |= {name for name in sys.modules if name.startswith(("kaven_schema.syntax", "kaven_schema.rules"))}
sys.exit(f"loaded: {sorted(loaded)}" if loaded else 0)
"""
LARK_NOT_LOADED = """
import sys
from pathlib import Path
from kaven_schema.config import load_settings
from kaven_schema.project import Project
run = Project(load_settings(Path.cwd())).merge()
assert run.changed
sys.exit("lark was loaded" if "lark" in sys.modules else 0)
"""
NOTHING_LOADED_BY_THE_COMMAND = """
import os, sys
def leave(code):
    loaded = [name for name in sys.modules if name.split(".")[0] in ("lark", "jinja2")]
    print(f"{code} {loaded}", flush=True)
    os.kill(os.getpid(), 9)
os._exit = leave
from kaven_schema.cli import main
main(["merge"])
"""


@pytest.mark.parametrize("extended", [EXTENDED, WARNED])
def test_with_nothing_changed_no_grammar_and_no_template_is_loaded(root, extended):
    (root / EXTENDED_FILE).write_text(extended)
    kaven("merge", cwd=root)
    done = python("-c", NOTHING_LOADED, cwd=root)
    assert done.returncode == 0, done.stderr
    done = python("-c", NOTHING_LOADED_BY_THE_COMMAND, cwd=root)
    assert done.stdout == "0 []\n"


def test_with_one_block_changed_no_known_attribute_is_parsed_again(root):
    kaven("merge", cwd=root)
    (root / EXTENDED_FILE).write_text(EXTENDED.replace("vat String?", "vat String? // number"))
    done = python("-c", LARK_NOT_LOADED, cwd=root)
    assert done.returncode == 0, done.stderr


def test_a_project_without_its_files_cannot_be_opened(root):
    (root / BASE_FILE).unlink()
    with pytest.raises(KavenError) as caught:
        project(root)
    assert caught.value.rule == "file_not_found"


def test_severities_are_the_projects(root):
    (root / EXTENDED_FILE).write_text(WARNED)
    (root / "kaven.toml").write_text('[rules]\ntimestamps_present = "error"\n')
    run = project(root).merge()
    assert run.failed
    assert "timestamps_present" in {
        found.rule for found in run.diagnostics if found.severity is Severity.ERROR
    }
