"""kaven diff: files and revisions, what it says of them, and how it exits."""

from __future__ import annotations

import json
import subprocess

import pytest

OLD = "model A {\n  id   Int     @id\n  name String?\n}\n"
BREAKING = "model A {\n  id   Int    @id\n  name String\n  more String?\n}\n"
LAID_OUT_ANEW = "model A {\n  name String?\n\n  id Int @id\n}\n"


@pytest.fixture
def history(folder):
    """`a.prisma` as it was committed, and other files beside it."""
    (folder.root / "a.prisma").write_text(OLD)
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "first"],
    ):
        subprocess.run(["git", *arguments], cwd=folder.root, check=True)
    (folder.root / "breaking.prisma").write_text(BREAKING)
    (folder.root / "same.prisma").write_text(LAID_OUT_ANEW)
    return folder


def test_breaking_change_exits_with_1(history) -> None:
    run = history.run("diff", "a.prisma", "breaking.prisma")
    assert (run.code, run.err) == (1, "")
    assert "field_arity_changed" in run.out
    assert "at breaking.prisma:3:3" in run.out
    assert run.out.endswith("1 breaking, 1 safe\n")


def test_layout_and_order_are_no_difference(history) -> None:
    run = history.run("diff", "a.prisma", "same.prisma")
    assert (run.code, run.err) == (0, "")
    assert run.out == "no difference in meaning\n"


def test_revision_of_git(history) -> None:
    (history.root / "a.prisma").write_text(BREAKING)
    run = history.run("diff", "--json", "HEAD:a.prisma", "a.prisma")
    report = json.loads(run.out)
    assert run.code == 1
    assert report["summary"] == {"breaking": 1, "care": 0, "safe": 1}
    assert [(change["kind"], change["path"], change["severity"]) for change in report["changes"]] == [
        ("field_added", "A.more", "safe"),
        ("field_arity_changed", "A.name", "breaking"),
    ]
    assert report["changes"][1]["old"]["path"] == "HEAD:a.prisma"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("HEAD:b.prisma", "git_revision_unknown"),
        ("main~7:a.prisma", "git_revision_unknown"),
        ("b.prisma", "file_not_found"),
    ],
)
def test_what_is_not_there_is_wrong_use(history, name: str, slug: str) -> None:
    run = history.run("diff", name, "a.prisma")
    assert (run.code, run.out) == (2, "")
    assert f"error[{slug}]" in run.err


def test_revision_that_is_no_text(history) -> None:
    (history.root / "a.prisma").write_bytes(b"model A { \xff }")
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qam", "bytes"],
        cwd=history.root,
        check=True,
    )
    run = history.run("diff", "HEAD:a.prisma", "same.prisma")
    assert "error[file_not_utf8]" in run.err
    assert run.code not in (0, 1)


def test_syntax_error_in_either(history) -> None:
    (history.root / "bad.prisma").write_text("model A {\n  id Int @id,\n}\n")
    run = history.run("diff", "a.prisma", "bad.prisma")
    assert (run.code, run.out) == (1, "")
    assert "error[syntax_error]" in run.err
    assert "bad.prisma:2:13" in run.err
