"""What the real engines say of their base backups, and of the receiver."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kaven_schema.operations.health.finding import Finding
from kaven_schema.operations.pitr.checking import check_engine, check_receiver
from kaven_schema.operations.pitr.engine import find_engine
from kaven_schema.operations.pitr.scratch import Scratch, scratch_archive, superuser
from kaven_schema.operations.pitr.setup import EngineName
from kaven_schema.operations.pitr.writing import slot_name
from tests.operations.pitr.engines import barman, barman_script, on_path, pgbackrest

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("postgres")]


def colours(found: list[Finding]) -> dict[str, str]:
    return {finding.check: finding.colour.value for finding in found}


@pytest.mark.parametrize("engine", [*EngineName], ids=str)
def test_base_backup(engine: EngineName, public_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if engine is EngineName.BARMAN:
        barman_script(barman(), public_folder)
    else:
        pgbackrest("trixie", public_folder)
    monkeypatch.setenv("PATH", on_path(public_folder))
    with scratch_archive(engine, find_engine(engine)) as scratch:
        scratch.archive.prepare()
        assert scratch.archive.last_backup() is None
        assert colours([*check_engine(scratch.archive, datetime.now(UTC))]) == {
            engine.value: "green",
            "base backup": "red",
        }
        scratch.archive.back_up()
        last = scratch.archive.last_backup()
        assert last
        assert abs(datetime.now(UTC) - last) < timedelta(minutes=5)
        assert set(colours([*check_engine(scratch.archive, datetime.now(UTC))]).values()) == {"green"}
        later = datetime.now(UTC) + timedelta(days=9)
        assert colours([*check_engine(scratch.archive, later)])["base backup"] == "yellow"
        if engine is EngineName.BARMAN:
            _receiver(scratch)


def _receiver(scratch: Scratch) -> None:
    """It is at work until it is stopped, and the slot says so."""
    slot = slot_name(scratch.archive.setup)
    with superuser(scratch.server) as connection:
        assert colours([*check_receiver(connection, slot)]) == {"slot": "green"}
        scratch.archive.stop()
        for _ in range(100):
            found = colours([*check_receiver(connection, slot)])
            if found == {"slot": "red"}:
                return
            connection.execute("SELECT pg_sleep(0.1)")
    raise AssertionError(found)
