from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.database.url import DatabaseUrl
from tests.database.expand.world import World
from tests.database.servers import database, shadow, shared_server

__all__ = ["database", "shadow", "shared_server"]


@pytest.fixture
def world(
    tmp_path: Path, database: DatabaseUrl, shadow: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> World:
    """Migrated, without rows."""
    monkeypatch.setenv("SHADOW_DATABASE_URL", str(shadow))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    made = World(tmp_path / "project", database)
    made.dev("init")
    return made
