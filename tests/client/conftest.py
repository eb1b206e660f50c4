"""A project in a folder of its own, and the client that is generated from it."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from kaven_schema.engines.cache import cache_folder

SHOP = Path(__file__).parent / "fixtures" / "shop.prisma"


@pytest.fixture(scope="session", autouse=True)
def shared_cache() -> Iterator[None]:
    """What is installed and compiled in the cache is named by its content: one for all runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAVEN_CACHE_DIR", str(cache_folder()))
        yield


class Project:
    """A working folder with `prisma/schema.prisma`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.schema = root / "prisma" / "schema.prisma"
        self.client = root / "app" / "db"
        self.schema.parent.mkdir()
        self.write(SHOP.read_text(encoding="utf-8"))

    def write(self, text: str) -> None:
        self.schema.write_text(text, encoding="utf-8")

    def edit(self, old: str, new: str) -> None:
        text = self.schema.read_text(encoding="utf-8")
        assert old in text
        self.write(text.replace(old, new))

    def files(self) -> set[str]:
        """All files but those of the client."""
        paths = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)) for path in paths if self.client not in path.parents}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    return Project(root)


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture
def digest_of():
    return digest
