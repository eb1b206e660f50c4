"""A project on disk: what a merge writes, what it keeps, and what it does when something is in the way."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from kaven_schema.config import load_settings
from kaven_schema.diagnostics import KavenError, Severity
from kaven_schema.project import Project
from kaven_schema.render.file import FileState
from tests.merge.cases import Case
from tests.running import command, environment, kaven, python

BASE, EXTENDED = Case("shop").base.text, Case("shop").extended[0].text
WARNED = "model Note {\n  id String @id @default(uuid())\n  tenantId String\n}\n"
OUTPUT = "prisma/schema.prisma"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project that merges, with a configuration of its own so that none above it counts."""
    folder = tmp_path / "project"
    (folder / "prisma").mkdir(parents=True)
    (folder / "kaven.toml").write_text("")
    (folder / "prisma" / "schema.base.prisma").write_text(BASE, encoding="utf-8")
    (folder / "prisma" / "schema.extended.prisma").write_text(EXTENDED, encoding="utf-8")
    return folder


def project(root: Path) -> Project:
    return Project(load_settings(root))


def files(root: Path) -> dict[str, bytes | str]:
    """Everything in a folder but kaven's own."""
    found: dict[str, bytes | str] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] != ".kaven":
            found[name] = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
    return found


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
    (root / "prisma/schema.extended.prisma").write_text("model Tenant {\n  id String @id\n}\n")
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
    (root / "prisma/schema.extended.prisma").write_text("// nothing\n")
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
    (root / "prisma/schema.extended.prisma").write_text("")
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
    (root / "prisma/schema.extended.prisma").write_text("// nothing\n")
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
    (root / "prisma/schema.extended.prisma").write_text(WARNED)
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
        lambda root: (root / "prisma/schema.base.prisma").write_text(BASE + "\n// more\n"),
        lambda root: (root / ".kaven/cache/last-run").write_bytes(b"spoilt"),
        lambda root: (root / ".kaven/cache/last-run").unlink(),
    ],
)
def test_a_change_is_seen(root, change, monkeypatch):
    (root / "prisma/schema.extended.prisma").write_text(WARNED)
    project(root).merge()
    change(root)
    compiled = []
    monkeypatch.setattr(Project, "compile", lambda self: compiled.append(1) or compile_(self))
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
    (root / "prisma/schema.extended.prisma").write_text(extended)
    kaven("merge", cwd=root)
    done = python("-c", NOTHING_LOADED, cwd=root)
    assert done.returncode == 0, done.stderr
    done = python("-c", NOTHING_LOADED_BY_THE_COMMAND, cwd=root)
    assert done.stdout == "0 []\n"


def test_with_one_block_changed_no_known_attribute_is_parsed_again(root):
    kaven("merge", cwd=root)
    (root / "prisma/schema.extended.prisma").write_text(EXTENDED.replace("vat String?", "vat String? // number"))
    code = NOTHING_LOADED.replace("not run.changed and ", "").replace('("lark", "jinja2")', '("lark",)')
    code = code.replace('loaded |= ', 'ignored = ')
    done = python("-c", code, cwd=root)
    assert done.returncode == 0, done.stderr


# --- what is in the way -------------------------------------------------------------------------------------------------


def write(path: str, content: str | bytes) -> Callable[[Path], object]:
    data = content if isinstance(content, bytes) else content.encode()
    return lambda root: (root / path).write_bytes(data)


def remove(path: str) -> Callable[[Path], object]:
    return lambda root: (root / path).unlink()


def folder(path: str) -> Callable[[Path], object]:
    def replace_by_folder(root: Path) -> None:
        (root / path).unlink(missing_ok=True)
        (root / path).mkdir()

    return replace_by_folder


def permissions(path: str, mode: int) -> Callable[[Path], object]:
    return lambda root: (root / path).chmod(mode)


def output_elsewhere(root: Path) -> None:
    (root.parent / "elsewhere.prisma").write_text("untouched\n")
    (root / OUTPUT).symlink_to(root.parent / "elsewhere.prisma")


def folder_elsewhere(root: Path) -> None:
    (root.parent / "elsewhere").mkdir()
    (root / "generated").symlink_to(root.parent / "elsewhere")
    (root / "kaven.toml").write_text('output = "generated/schema.prisma"\n')


def read_only_output(root: Path) -> None:
    (root / OUTPUT).write_text("// mine\n")
    (root / OUTPUT).chmod(0o444)


BASE_FILE, EXTENDED_FILE = "prisma/schema.base.prisma", "prisma/schema.extended.prisma"
IN_THE_WAY = {
    "base missing": (remove(BASE_FILE), 1, "file_not_found"),
    "base is a folder": (folder(BASE_FILE), 1, "file_is_directory"),
    "base unreadable": (permissions(BASE_FILE, 0), 3, "file_unreadable"),
    "base in another encoding": (write(BASE_FILE, "// é\n".encode("latin-1")), 1, "file_not_utf8"),
    "base in UTF-16": (write(BASE_FILE, BASE.encode("utf-16")), 1, "file_not_utf8"),
    "base with a byte-order mark": (write(BASE_FILE, "\ufeff" + BASE), 1, "syntax_error"),
    "base is not a schema": (write(BASE_FILE, b"\0\1\2"), 1, "syntax_error"),
    "extended missing": (remove(EXTENDED_FILE), 1, "extended_not_found"),
    "extended is an empty folder": (folder(EXTENDED_FILE), 1, "extended_not_found"),
    "extended unreadable": (permissions(EXTENDED_FILE, 0), 3, "file_unreadable"),
    "extended in another encoding": (write(EXTENDED_FILE, "// é\n".encode("latin-1")), 1, "file_not_utf8"),
    "extended with a syntax error": (write(EXTENDED_FILE, "model A {\n"), 1, "syntax_error"),
    "extended that changes base": (
        write(EXTENDED_FILE, "model Tenant {\n  name Int\n}\n"),
        1,
        "base_field_same_type",
    ),
    "output is a folder": (folder(OUTPUT), 3, "output_is_directory"),
    "output in a missing folder": (write("kaven.toml", 'output = "gone/schema.prisma"\n'), 3, "output_unwritable"),
    "output in a read-only folder": (permissions("prisma", 0o555), 3, "output_unwritable"),
    "output read-only": (read_only_output, 3, "output_unwritable"),
    "output leads out of the project": (output_elsewhere, 3, "output_outside_project"),
    "output's folder leads out of the project": (folder_elsewhere, 3, "output_outside_project"),
    "output is base": (write("kaven.toml", f'output = "{BASE_FILE}"\n'), 2, "file_has_two_roles"),
    "extended is base": (write("kaven.toml", f'extended = "{BASE_FILE}"\n'), 2, "file_has_two_roles"),
    "output in another encoding": (write(OUTPUT, "// é\n".encode("latin-1")), 1, "file_not_utf8"),
    "state folder is a file": (write(".kaven", ""), 3, "output_unwritable"),
    "rule that there is not": (write("kaven.toml", '[rules]\nno_such_rule = "off"\n'), 2, "config_invalid"),
}


@pytest.mark.parametrize("case", IN_THE_WAY)
def test_what_is_in_the_way_is_told_and_nothing_is_changed(root, case):
    prepare, code, rule = IN_THE_WAY[case]
    prepare(root)
    before = readable_files(root)
    done = kaven("merge", cwd=root, plain_user=True)
    assert done.returncode == code, done.stderr
    assert f"error[{rule}]" in done.stderr
    assert done.stdout == ""
    assert readable_files(root) == before


def readable_files(root: Path) -> dict[str, object]:
    """What stands there, by what the folder says of it: some of it may not be read."""
    found = {path: path.lstat() for path in sorted(root.parent.rglob("*")) if ".kaven" not in path.parts}
    return {str(path): (s.st_mode, s.st_size, s.st_ino, s.st_mtime_ns) for path, s in found.items() if path.is_file()}


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("--base", "gone.prisma"), "file_not_found"),
        (("--base", "prisma"), "file_is_directory"),
        (("--extended", "gone.prisma"), "extended_not_found"),
        (("--extended", "gone/*.prisma"), "extended_not_found"),
        (("--output", BASE_FILE), "file_has_two_roles"),
    ],
)
def test_what_is_wrong_on_the_command_line_is_wrong_use(root, arguments, rule):
    before = files(root)
    done = kaven("merge", *arguments, cwd=root)
    assert done.returncode == 2
    assert f"error[{rule}]" in done.stderr
    assert files(root) == before


def test_a_read_only_project_can_be_judged(root):
    kaven("merge", cwd=root)
    for path in [*root.rglob("*"), root]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = kaven("check", "--no-official", cwd=root, plain_user=True)
        assert done.returncode == 0, done.stderr
        done = kaven("merge", "--check", cwd=root, plain_user=True)
        assert done.returncode == 0, done.stderr
        done = kaven("merge", cwd=root, plain_user=True)
        assert done.returncode == 0, done.stderr
    finally:
        for path in [root, *root.rglob("*")]:
            path.chmod(0o755)


def test_a_merge_in_a_read_only_project_says_so(root):
    for path in (root, root / "prisma"):
        path.chmod(0o555)
    try:
        done = kaven("merge", cwd=root, plain_user=True)
    finally:
        for path in (root, root / "prisma"):
            path.chmod(0o755)
    assert done.returncode == 3
    assert "error[output_unwritable]" in done.stderr


# --- several at once, and killed ----------------------------------------------------------------------------------------


def test_several_merges_at_once(root):
    started = [
        subprocess.Popen(
            command("-m", "kaven_schema", "merge"),
            cwd=root,
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in started]
    assert [code for _, code in ended] == [0] * 4, ended
    assert (root / OUTPUT).read_text(encoding="utf-8") == project(root).compile().text
    assert sorted(path.name for path in (root / "prisma").iterdir()) == [
        "schema.base.prisma",
        "schema.extended.prisma",
        "schema.prisma",
    ]


@pytest.mark.long
def test_killed_at_any_moment_the_old_or_the_new_output_stands(root):
    random = Random(0)
    base = root / BASE_FILE
    models = "".join(f"\nmodel M{number} {{\n  id Int @id\n}}\n" for number in range(300))
    texts = {}
    for name, text in (("old", BASE + models), ("new", BASE + models.replace("Int", "BigInt"))):
        base.write_text(text, encoding="utf-8")
        texts[name] = project(root).compile().text.encode()
    project(root).merge()
    began = time.monotonic()
    kaven("merge", cwd=root)
    length = 3 * (time.monotonic() - began)
    killed = 0
    for turn in range(200):
        base.write_text(BASE + (models if turn % 2 else models.replace("Int", "BigInt")), encoding="utf-8")
        process = subprocess.Popen(
            command("-m", "kaven_schema", "merge"), cwd=root, env=environment(), stderr=subprocess.DEVNULL
        )
        time.sleep(random.random() * length)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        assert (root / OUTPUT).read_bytes() in texts.values()
    assert killed > 20
    assert kaven("merge", cwd=root).returncode == 0
    assert (root / OUTPUT).read_bytes() == texts["old"]
    assert not [path.name for path in (root / "prisma").iterdir() if path.name.endswith(".tmp")]


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
    assert "timestamps_present" in {found.rule for found in run.diagnostics if found.severity is Severity.ERROR}
