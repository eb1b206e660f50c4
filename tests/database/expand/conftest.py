from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.database.url import DatabaseUrl
from tests.database.expand.world import World
from tests.database.servers import database, shadow, shared_server

__all__ = ["database", "shadow", "shared_server"]


@pytest.fixture
def unmigrated(
    tmp_path: Path, database: DatabaseUrl, shadow: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> World:
    monkeypatch.setenv("SHADOW_DATABASE_URL", str(shadow))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return World(tmp_path / "project", database)


@pytest.fixture
def world(unmigrated: World) -> World:
    """Migrated, without rows."""
    unmigrated.dev("init")
    return unmigrated
