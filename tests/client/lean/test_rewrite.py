"""What a client is on disk, lean or not, and when one takes the place of the other."""

from __future__ import annotations

import shutil
from pathlib import Path

from kaven_schema.client.generator import generate_clients
from kaven_schema.client.lean.rewrite import LEAN_FILES, make_lean


def test_stubs_are_what_prisma_client_py_wrote(folders) -> None:
    lean, plain = folders["lean"] / "db", folders["plain"] / "db"
    assert (lean / "types.pyi").read_bytes() == (plain / "types.py").read_bytes()
    names = {file.name for file in lean.iterdir()} - {file.name for file in plain.iterdir()}
    assert names - {"__pycache__"} == set(LEAN_FILES)


def test_client_of_another_layout_stays_as_it_is(folders, tmp_path: Path, digest_of) -> None:
    for file, old, new in (
        ("types.py", "\nclass ", "\nif True: pass\nclass "),
        ("bases.py", "__prisma_model__: ClassVar[str]\n", "__prisma_model__: str\n"),
        ("client.py", "import QueryBuilder, dumps", "import dumps, QueryBuilder"),
        ("models.py", "import model_rebuild, field_validator", "import field_validator, model_rebuild"),
    ):
        package = tmp_path / file / "db"
        shutil.copytree(folders["plain"] / "db", package)
        text = (package / file).read_text(encoding="utf-8")
        assert old in text
        (package / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        before = digest_of(package)
        assert not make_lean(package)
        assert digest_of(package) == before


def test_plain_client_in_the_place_of_a_lean_one(project) -> None:
    """A stub that stays would hide the new types from type checkers."""
    for own in (None, project.client / "mine.py"):
        generate_clients(project.schema)
        assert all((project.client / name).exists() for name in LEAN_FILES)
        if own:
            own.write_text("mine = 1\n", encoding="utf-8")
        generate_clients(project.schema, lean=False)
        assert not any((project.client / name).exists() for name in LEAN_FILES)
        assert own is None or own.exists()


def test_stub_that_is_no_part_of_a_client_stays(project) -> None:
    project.client.mkdir(parents=True)
    mine = project.client / "types.pyi"
    mine.write_text("mine: int\n", encoding="utf-8")
    generate_clients(project.schema, lean=False)
    assert mine.read_text(encoding="utf-8") == "mine: int\n"


def test_lean_client_needs_nothing_of_kaven(folders, python) -> None:
    program = "import sys, db; print([name for name in sys.modules if name.startswith('kaven_schema')])"
    assert python(folders["lean"], program) == "[]\n"
