"""A small project on disk."""

from __future__ import annotations

from pathlib import Path

from kaven_schema.config import load_settings
from kaven_schema.project import Project
from tests.merge.cases import Case

BASE, EXTENDED = Case("shop").base.text, Case("shop").extended[0].text
BASE_FILE, EXTENDED_FILE = "prisma/schema.base.prisma", "prisma/schema.extended.prisma"
OUTPUT = "prisma/schema.prisma"


def make_project(folder: Path) -> Path:
    """One that merges, with a configuration of its own so that none above it counts."""
    (folder / "prisma").mkdir(parents=True)
    (folder / "kaven.toml").write_text("")
    (folder / BASE_FILE).write_text(BASE, encoding="utf-8")
    (folder / EXTENDED_FILE).write_text(EXTENDED, encoding="utf-8")
    return folder


def project(root: Path) -> Project:
    """Opened anew: a Project reads its files once."""
    return Project(load_settings(root))


def files(root: Path) -> dict[str, bytes]:
    """Every file in a folder, kaven's own apart."""
    found = {path.relative_to(root): path for path in sorted(root.rglob("*")) if path.is_file()}
    return {name.as_posix(): path.read_bytes() for name, path in found.items() if name.parts[0] != ".kaven"}
