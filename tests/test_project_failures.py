"""What a merge does when something is in the way: one clear diagnostic, an exit code, and nothing changed on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.projects import BASE, BASE_FILE, EXTENDED_FILE, OUTPUT, files, make_project
from tests.running import kaven


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


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
    "output in a missing folder": (
        write("kaven.toml", 'output = "gone/schema.prisma"\n'),
        3,
        "output_unwritable",
    ),
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
    return {
        str(path): (s.st_mode, s.st_size, s.st_ino, s.st_mtime_ns)
        for path, s in found.items()
        if path.is_file()
    }


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
