from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from kaven_schema.client.install import install_client
from kaven_schema.diagnostics import ExitCode, KavenError

NEW = {"__init__.py": "new", "engine/query.py": "new", "schema.prisma": "new"}
OLD = dict.fromkeys(NEW, "old")


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def read(folder: Path) -> dict[str, str]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return write(tmp_path / "made" / "prisma", NEW)


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    return write(tmp_path / "prisma", {"schema.prisma": "mine"}) / "schema.prisma"


def refusal(made: Path, output: Path, schema: Path) -> KavenError:
    with pytest.raises(KavenError) as raised:
        install_client(made, output, keep=schema)
    assert raised.value.rule == "client_output_unwritable"
    assert raised.value.exit_code is ExitCode.ENVIRONMENT
    assert "output = " in raised.value.help
    return raised.value


def test_parents_are_made(made: Path, schema: Path, tmp_path: Path) -> None:
    output = tmp_path / "src" / "app" / "db"
    install_client(made, output, keep=schema)
    assert read(output) == NEW
    assert list(output.parent.iterdir()) == [output]


def test_old_client_is_replaced_as_a_whole(made: Path, schema: Path, tmp_path: Path) -> None:
    output = write(tmp_path / "db", {**OLD, "engine/__pycache__/query.pyc": "old"})
    output.chmod(0o750)
    inode = output.stat().st_ino
    install_client(made, output, keep=schema)
    assert read(output) == NEW
    assert output.stat().st_ino != inode
    assert output.stat().st_mode & 0o777 == 0o750
    assert not list(tmp_path.glob(".*"))


def test_empty_folder_is_replaced(made: Path, schema: Path, tmp_path: Path) -> None:
    output = tmp_path / "db"
    output.mkdir()
    install_client(made, output, keep=schema)
    assert read(output) == NEW


def test_files_that_are_no_part_of_a_client_stay(made: Path, schema: Path, tmp_path: Path) -> None:
    output = write(tmp_path / "db", {**OLD, "mine.py": "mine", "engine/mine.txt": "mine"})
    install_client(made, output, keep=schema)
    assert read(output) == {**NEW, "mine.py": "mine", "engine/mine.txt": "mine"}


def test_folder_that_is_no_part_of_a_client_stays(made: Path, schema: Path, tmp_path: Path) -> None:
    output = write(tmp_path / "db", OLD)
    (output / "empty").mkdir()
    install_client(made, output, keep=schema)
    assert (output / "empty").is_dir()


def test_schema_in_the_output_is_not_touched(made: Path, schema: Path) -> None:
    install_client(made, schema.parent, keep=schema)
    assert read(schema.parent) == {**NEW, "schema.prisma": "mine"}


def test_folder_of_the_schema_is_never_replaced(made: Path, schema: Path) -> None:
    nested = write(schema.parent / "nested", {"__init__.py": "old"})
    inner = nested / "engine" / "schema.prisma"
    write(nested, {"engine/schema.prisma": "mine"})
    write(made, {"engine/schema.prisma": "new"})
    install_client(made, nested, keep=inner)
    assert inner.read_text(encoding="utf-8") == "mine"


def test_symlink_leads_to_the_folder_that_is_meant(made: Path, schema: Path, tmp_path: Path) -> None:
    output = write(tmp_path / "real", OLD)
    link = tmp_path / "db"
    link.symlink_to(output)
    install_client(made, link, keep=schema)
    assert link.is_symlink()
    assert read(output) == NEW


def test_file_in_the_way_stays(made: Path, schema: Path, tmp_path: Path) -> None:
    output = write(tmp_path, {"db": "a file"}) / "db"
    assert "there is a file of that name" in refusal(made, output, schema).message
    assert output.read_text(encoding="utf-8") == "a file"


def test_file_among_the_parents(made: Path, schema: Path, tmp_path: Path) -> None:
    write(tmp_path, {"app": "a file"})
    refusal(made, tmp_path / "app" / "db", schema)


@pytest.fixture
def public_copies(made: Path, schema: Path, public_folder: Path) -> tuple[Path, Path]:
    """`made` and `schema` where an unprivileged process can read them."""
    shutil.copytree(made, public_folder / "made")
    return public_folder / "made", Path(shutil.copy(schema, public_folder))


def test_read_only_client_stays(
    public_copies: tuple[Path, Path],
    public_folder: Path,
    unprivileged: Callable[[], AbstractContextManager[None]],
) -> None:
    made, schema = public_copies
    parent = public_folder / "site"
    output = write(parent / "db", OLD)
    for folder in (output / "engine", output, parent):
        folder.chmod(0o555)
    try:
        with unprivileged():
            refusal(made, output, schema)
        assert read(output) == OLD
    finally:
        for folder in (parent, output, output / "engine"):
            folder.chmod(0o755)


def test_read_only_parent_is_no_obstacle(
    public_copies: tuple[Path, Path],
    public_folder: Path,
    unprivileged: Callable[[], AbstractContextManager[None]],
) -> None:
    made, schema = public_copies
    parent = public_folder / "site"
    output = write(parent / "db", OLD)
    for folder in (output, output / "engine"):
        folder.chmod(0o777)
    parent.chmod(0o555)
    try:
        with unprivileged():
            install_client(made, output, keep=schema)
        assert read(output) == NEW
    finally:
        parent.chmod(0o755)
