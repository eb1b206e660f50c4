"""The proof with the real engines: Debian's pgBackRest, PyPI's barman."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.operations.pitr.proving import PointInTime
from tests.cli.conftest import Folder, Run, environment, folder
from tests.database.servers import superuser
from tests.operations.pitr.engines import barman, barman_script, on_path, pgbackrest

__all__ = ["environment", "folder"]

long = pytest.mark.long
pytestmark = pytest.mark.xdist_group("postgres")
THEN = ["kept 1", "kept 2", "kept 3", "table precious", "table proof"]


def test_what_holds() -> None:
    proof = PointInTime("any", "1", "16", datetime(2026, 1, 1, tzinfo=UTC), ("a",), ("a",), ("b",), 1.0)
    assert proof.holds
    from dataclasses import replace

    assert not replace(proof, found=("b",)).holds
    assert not replace(proof, after=("a",)).holds, "nothing was spoilt, so nothing was proven"


@pytest.fixture
def place(folder: Folder, public_folder: Path) -> Iterator[Folder]:
    """Where the command runs; nothing of it may be left, no folder and no process."""
    folder.environment["TMPDIR"] = str(public_folder)
    programs = public_folder / "programs"
    programs.mkdir()
    folder.environment["PATH"] = on_path(programs)
    yield folder
    assert [path.name for path in public_folder.iterdir()] == ["programs"]
    running = subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True).stdout
    assert str(public_folder) not in running


def programs(place: Folder) -> Path:
    return Path(place.environment["TMPDIR"], "programs")


def proven(run: Run) -> dict[str, object]:
    assert run.code == 0, run.out + run.err
    found: dict[str, object] = json.loads(run.out)
    assert found["holds"]
    assert found["found"] == found["expected"] == THEN
    assert found["after"] == ["kept 3", "spoilt", "table proof", "too late"]
    return found


@long
def test_pgbackrest(place: Folder) -> None:
    """Whatever the environment says of other servers and other archives."""
    pgbackrest("trixie", programs(place))
    place.environment |= {"PGPASSWORD": "wrong", "PGPORT": "1", "PGBACKREST_STANZA": "other"}
    found = proven(place.run("backup", "pitr", "test", "--engine", "pgbackrest", "--json"))
    assert str(found["version"]) >= "2.55"


@long
def test_barman(place: Folder) -> None:
    barman_script(barman(), programs(place))
    assert proven(place.run("backup", "pitr", "test", "--engine", "barman", "--json"))["version"]


def changed(folder: Path, script: str) -> None:
    """pgBackRest with its arguments changed by a piece of shell."""
    program = folder / "pgbackrest"
    first, _, rest = program.read_text().partition("\n")
    program.write_text(f"{first}\n{script}\n{rest}")


@long
def test_restore_to_another_moment_is_noticed(place: Folder) -> None:
    """An engine that forgets the target restores all that was archived: the proof does not hold."""
    forgetful = (
        'for word; do shift; case $word in --type=time|--target*) ;; *) set -- "$@" "$word";; esac; done'
    )
    changed(pgbackrest("trixie", programs(place)), forgetful)
    run = place.run("backup", "pitr", "test", "--engine", "pgbackrest")
    assert run.code == 1, run.out + run.err
    assert "expected: kept 1" in run.out
    assert "found:    kept 3, spoilt" in run.out


@long
def test_restore_that_takes_its_time(place: Folder) -> None:
    """The server answers while it still replays: what it shows then is no proof of anything."""
    slow = 'case "$*" in *--target=*) set -- --recovery-option=recovery-min-apply-delay=15s "$@";; esac'
    changed(pgbackrest("trixie", programs(place)), slow)
    proven(place.run("backup", "pitr", "test", "--engine", "pgbackrest", "--json"))


@long
def test_restore_that_never_ends_well(place: Folder) -> None:
    """A target that lies after everything that was archived: PostgreSQL ends rather than take writes."""
    later = (
        "for word; do shift; case $word in --target=*) word=--target=$(date -u -d '+1 hour' '+%F %T+00');; esac;"
        ' set -- "$@" "$word"; done'
    )
    changed(pgbackrest("trixie", programs(place)), later)
    run = place.run("backup", "pitr", "test", "--engine", "pgbackrest")
    assert run.code == 1, run.out + run.err
    assert "archive_restore_failed" in run.err


@long
def test_what_is_stopped_leaves_nothing(place: Folder) -> None:
    """Ended, it takes its servers along; killed, the next run does."""
    pgbackrest("trixie", programs(place))
    public = Path(place.environment["TMPDIR"])
    options = ("backup", "pitr", "test", "--engine", "pgbackrest")
    at_work = "kaven-pitr-*/repository/backup/proof"
    for number in (signal.SIGKILL, signal.SIGTERM):
        before = {*public.glob(at_work)}
        process = place.start(*options)
        wait_for(lambda before=before: bool({*public.glob(at_work)} - before))  # type: ignore[misc]
        process.send_signal(number)
        assert process.wait() in (-signal.SIGKILL, 130)
        if number == signal.SIGKILL:
            assert len([*public.glob("kaven-pitr-*")]) == 1
            time.sleep(6)  # so that it is not taken for one that is just beginning


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@long
def test_engine_that_is_older_than_postgresql(place: Folder) -> None:
    """Debian 12's."""
    pgbackrest("bookworm", programs(place))
    run = place.run("backup", "pitr", "test", "--engine", "pgbackrest")
    assert run.code == 3
    assert "archive_engine_too_old" in run.err
    assert "2.45" in run.err


@long
def test_write_check_and_break(place: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of `write` in a server's hands: no repository, no backup, well, no archive."""
    pgbackrest("trixie", programs(place))
    monkeypatch.setenv("PATH", place.environment["PATH"])  # the server finds its archive_command there
    shop = programs(place) / "shop"  # pytest's own folders are closed to the server's user
    shop.mkdir()
    server = EmbeddedServer(shop)
    running = server.up()
    repository = programs(place) / "repository"
    repository.mkdir()
    owner = server.layout.data.stat()
    os.chown(repository, owner.st_uid, owner.st_gid)
    config = programs(place) / "written" / "pgbackrest.conf"
    written = place.run(
        *("backup", "pitr", "write", "--engine", "pgbackrest", "--to", str(config.parent)),
        *("--data", str(server.layout.data), "--host", str(running.socket_folder), "--config", str(config)),
        *("--repository", str(repository), "--role", "kaven_owner"),
    )
    assert written.code == 0, written.err
    with config.open("a") as file:
        file.write(f"[global]\nlock-path={repository}\nlog-level-file=off\n")
    with superuser(server) as connection:
        connection.execute((config.parent / "roles.sql").read_bytes())
    with (server.layout.data / "postgresql.conf").open("a") as file:
        file.write(f"include '{config.parent / 'kaven.postgresql.conf'}'\n")
    server.down()
    place.environment["PGPASSWORD"] = ""
    try:
        server.up()
        _check_and_break(place, server, config)
    finally:
        server.down()


def _check_and_break(place: Folder, server: EmbeddedServer, config: Path) -> None:
    from kaven_schema.database.embedded import Role

    url = server.url(Role.OWNER)
    place.environment |= {"PGPASSWORD": url.password, "DATABASE_URL": str(url)}
    options = ("backup", "pitr", "check", "--engine", "pgbackrest", "--config", str(config), "--json")

    def colours() -> dict[str, str]:
        found = json.loads(place.run(*options).out)
        return {finding["check"]: finding["colour"] for finding in found["findings"]}

    before = colours()
    assert before["pgbackrest"] == "red", "its repository was never made"
    assert before["archived"] in ("red", "yellow")
    engine = [str(programs(place) / "pgbackrest"), f"--config={config}", "--stanza=kaven"]
    owner = server.layout.data.stat()
    environment = {**place.environment}

    def run(*arguments: str) -> None:
        done = subprocess.run(
            [*engine, *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            user=owner.st_uid,
            group=owner.st_gid,
            cwd="/",
        )
        assert done.returncode == 0, done.stdout

    run("stanza-create")
    assert colours()["base backup"] == "red"
    run("backup", "--type=full")
    well = place.run(*options)
    assert well.code == 0, well.out
    assert json.loads(well.out)["colour"] == "green"
    config.with_name("kaven.postgresql.conf").write_text("archive_mode = off\n")
    server.down()
    server.up()
    assert colours()["archive_mode"] == "red"
