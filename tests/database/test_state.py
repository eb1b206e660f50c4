"""What `kaven db status` tells while the server starts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kaven_schema.config import load_settings
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.state import database_state
from kaven_schema.diagnostics import KavenError


def test_pid_file_that_is_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process takes the place of a server that has not said yet where its socket is."""
    for name in ("DATABASE_URL", "DIRECT_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "kaven.toml").write_text("", encoding="utf-8")
    settings = load_settings(tmp_path)
    server = EmbeddedServer(settings.root)
    server.layout.data.mkdir(parents=True)
    (server.layout.data / "PG_VERSION").write_text("16\n", encoding="ascii")
    server.layout.pid_file.write_text(f"{os.getpid()}\n{server.layout.data}\n1\n5432\n\n", encoding="utf-8")
    monkeypatch.chdir(server.layout.data)
    state = database_state(settings)
    assert not state.answers
    assert state.problem == "is starting: wait, then run the command again"
    assert state.used is None
    with pytest.raises(KavenError) as early:
        server.url(Role.APP)
    assert early.value.rule == "database_busy"
