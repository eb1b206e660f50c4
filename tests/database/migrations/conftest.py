"""Folders of migrations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kaven_schema.database.migrations.folder import MigrationsFolder, read_folder

Write = Callable[..., MigrationsFolder]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes scripts, given as name="SQL", under times one after the other; all of the folder."""
    path = tmp_path / "prisma" / "migrations"

    def migrations(**scripts: str) -> MigrationsFolder:
        for name, sql in scripts.items():
            number = len(list(path.glob("*"))) + 1
            known = next(path.glob(f"*_dev_{name}"), path / f"202501{number:02}000000_dev_{name}")
            known.mkdir(parents=True, exist_ok=True)
            (known / "migration.sql").write_text(sql, encoding="utf-8", newline="")
        return read_folder(path)

    return migrations
