"""Databases to try migrations in come, and go."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.config import load_settings
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.embedded.credentials import read_credentials
from kaven_schema.database.embedded.roles import SUPERUSER, USERS
from kaven_schema.database.migrations import shadow as shadows
from kaven_schema.database.target import Target
from kaven_schema.database.url import parse_url
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")
LEFT = "SELECT count(*) FROM pg_database WHERE datname LIKE 'kaven_shadow_%'"


def test_superuser_who_is_in_there_is_waited_for_and_swept_later(
    shared_server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an autovacuum worker is: the owner may not end him."""
    import psycopg

    monkeypatch.delenv("SHADOW_DATABASE_URL", raising=False)
    owner = shared_server.url(Role.OWNER)
    target = Target(owner, "the test", is_embedded=True)
    (tmp_path / "kaven.toml").write_text("", encoding="utf-8")
    settings = load_settings(tmp_path)
    password = read_credentials(shared_server.layout.credentials, USERS)[SUPERUSER]
    with shadows.shadow_database(settings, target) as text:
        name = parse_url(text, "the test").database
        visitor = psycopg.connect(
            host=owner.host, port=owner.port, user=SUPERUSER, password=password, dbname=name
        )
    with visitor:
        assert query(owner, LEFT) == [(1,)]
    monkeypatch.setattr(shadows, "_FORGOTTEN_SECONDS", -1)
    with shadows.shadow_database(settings, target):
        assert query(owner, LEFT) == [(1,)]
    assert query(owner, LEFT) == [(0,)]
