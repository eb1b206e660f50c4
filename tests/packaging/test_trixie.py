"""Debian trixie with its Python 3.13, and nothing else that Debian does not bring: the wheel works there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copy2, rmtree

import pytest

from tests.packaging.debian import Debian, open_debian, what_is_missing

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("trixie")]

# Rooms whose tests need npm on PATH, or minutes.
LEFT_OUT = ("benchmarks", "client", "engines", "packaging")
PYTHON, KAVEN = "/work/venv/bin/python", "/work/venv/bin/kaven"
CHECKOUT = "/work/checkout"


@pytest.fixture(scope="module")
def debian(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Debian:
    """With the wheel, and all that it can use, in /work/venv."""
    if missing := what_is_missing():
        pytest.skip(missing)
    opened = open_debian(tmp_path_factory.mktemp("trixie"))
    copy2(wheel, opened.work / wheel.name)
    succeed(opened, "python3", "-m", "venv", "/work/venv")
    succeed(opened, PYTHON, "-m", "pip", "install", f"/work/{wheel.name}[all]")
    return opened


@pytest.fixture
def project(debian: Debian) -> Iterator[Path]:
    """/work/project, after `kaven init`."""
    folder = debian.work / "project"
    folder.mkdir()
    succeed(debian, KAVEN, "init", cwd="/work/project")
    yield folder
    rmtree(folder)


def succeed(debian: Debian, *command: str, cwd: str = "/work") -> str:
    done = debian.run(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_its_python_is_what_runs(debian: Debian):
    assert succeed(debian, PYTHON, "--version").startswith("Python 3.13.")


def test_the_main_job(debian: Debian, project: Path, checkout: Path):
    merge, check, generate = (
        succeed(debian, KAVEN, command, cwd="/work/project") for command in ("merge", "check", "generate")
    )
    merged = (project / "prisma" / "schema.prisma").read_bytes()
    assert merged == (checkout / "prisma" / "schema.prisma").read_bytes()
    assert "schema.prisma written" in merge
    assert "was not asked" not in check
    assert "typed client with" in generate
    show = "from prisma.models import User; print(User.model_fields['email'].annotation)"
    assert "str" in succeed(debian, PYTHON, "-c", show)


def test_prismas_own_validator_is_asked(debian: Debian, project: Path):
    extended = project / "prisma" / "schema.extended.prisma"
    text = extended.read_text(encoding="utf-8")
    extended.write_text(text.replace("@db.VarChar(10)", "@db.Integer"), encoding="utf-8")
    done = debian.run(KAVEN, "check", cwd="/work/project")
    assert done.returncode == 1
    assert "error[prisma_accepts]" in done.stdout
    assert "prisma/schema.extended.prisma:" in done.stdout


@pytest.fixture(scope="module")
def demo(debian: Debian, checkout: Path, known: frozenset[str]) -> str:
    """What `make demo` prints in /work/checkout, a new repository of what git has or would take."""
    for name in known:
        copy = debian.work / "checkout" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy2(checkout / name, copy)
    for command in ("init", "add"):
        succeed(debian, "git", command, ".", cwd=CHECKOUT)
    return succeed(debian, "make", "demo", cwd=CHECKOUT)


def test_a_newcomers_first_command(demo: str):
    assert "typed client with" in demo
    assert "tickets: Optional[List[Ticket]]" in demo


def test_the_tests_that_need_only_python(debian: Debian, demo: str):
    ignored = [f"--ignore=tests/{room}" for room in LEFT_OUT]
    succeed(
        debian, f"{CHECKOUT}/.venv/bin/python", "-m", "pytest", "-q", "--tb=short", *ignored, cwd=CHECKOUT
    )
