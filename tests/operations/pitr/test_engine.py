"""Engines as programs, with stand-ins for what they say; the real ones are in test_proving.py."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.pitr.engine import Program, find_engine
from kaven_schema.operations.pitr.setup import EngineName

ENGINES = pytest.mark.parametrize("engine", [*EngineName], ids=str)


def program(folder: Path, script: str, engine: EngineName = EngineName.PGBACKREST) -> Program:
    path = folder / engine.value
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Program(engine, path)


@ENGINES
def test_engine_that_is_missing(engine: EngineName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KavenError) as caught:
        find_engine(engine)
    assert caught.value.rule == "archive_engine_missing"
    assert "install" in caught.value.help


def test_found_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = program(tmp_path, "true")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_engine(EngineName.PGBACKREST) == found.path


@pytest.mark.parametrize(
    ("said", "version"),
    [("pgBackRest 2.55.1", "2.55.1"), ("3.19.1 Barman by EnterpriseDB", "3.19.1"), ("nothing", "")],
)
def test_version(tmp_path: Path, said: str, version: str) -> None:
    assert program(tmp_path, f"echo {said}").version() == version


def test_what_it_complains_of(tmp_path: Path) -> None:
    script = """
    echo 'P00   INFO: check command begin'
    echo '2026-11-22 17:19:44.123 P00  ERROR: [087]: archive_mode must be enabled'
    echo 'HINT: set it' >&2
    exit 87"""
    with pytest.raises(KavenError) as caught:
        program(tmp_path, script).run("--stanza=kaven", "check")
    assert caught.value.rule == "archive_engine_failed"
    assert caught.value.message == (
        "pgbackrest check failed: ERROR: [087]: archive_mode must be enabled; HINT: set it"
    )


def test_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A live server's engine heeds what the user has set; a scratch one nothing of it."""
    monkeypatch.setenv("PGPASSFILE", "/mine")
    live = program(tmp_path, 'echo "$PGPASSFILE $HOME"')
    assert live.run().startswith("/mine ")
    scratch = replace(live, variables={"HOME": "/scratch"})
    assert scratch.run() == " /scratch\n"


def test_silent_failure(tmp_path: Path) -> None:
    with pytest.raises(KavenError, match="it gives no reason"):
        program(tmp_path, "exit 1").run("check")


def test_program_that_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("no program")
    with pytest.raises(KavenError, match="barman failed: Permission denied"):
        Program(EngineName.BARMAN, tmp_path / "broken").run("--version")


def test_engine_that_is_too_old(tmp_path: Path) -> None:
    script = """
    [ "$1" = version ] && echo 'pgBackRest 2.45' && exit
    echo 'P00  ERROR: [061]: unexpected control version = 1300 and catalog version = 202307071'
    exit 61"""
    with pytest.raises(KavenError) as caught:
        program(tmp_path, script).run("stanza-create")
    assert caught.value.rule == "archive_engine_too_old"
    assert "2.45" in caught.value.message
