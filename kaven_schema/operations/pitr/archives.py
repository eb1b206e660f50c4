"""What both engines can do, each in its own commands."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.pitr.engine import Program
from kaven_schema.operations.pitr.setup import EngineName, Setup

_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.25


class Archive(Protocol):
    """An engine that archives one server."""

    @property
    def setup(self) -> Setup: ...

    @property
    def program(self) -> Program: ...

    def prepare(self) -> None:
        """Make its repository, and begin to archive; nothing happens where that is done."""

    def check(self) -> None:
        """The engine's own check. Raises KavenError `archive_engine_failed`."""

    def back_up(self) -> None:
        """Take a whole base backup."""

    def settle(self) -> None:
        """Wait until all that the server has written so far is in the archive."""

    def last_backup(self) -> datetime | None:
        """When the newest base backup ended; None where there is none."""

    def restore(self, moment: datetime, data: Path) -> None:
        """Fill an empty folder so that a server which starts there recovers up to the moment, then takes writes."""

    def stop(self) -> None:
        """End what runs in the background."""


@dataclass(frozen=True, slots=True)
class PgBackRest:
    """The server pushes its WAL: nothing of the engine runs in between."""

    setup: Setup
    program: Program

    def prepare(self) -> None:
        self._run("stanza-create")

    def check(self) -> None:
        self._run("check")

    def back_up(self) -> None:
        self._run("backup", "--type=full")

    def settle(self) -> None:
        self._run("check")  # it switches to the next segment, and waits until the archive has the last one

    def last_backup(self) -> datetime | None:
        stanzas = json.loads(self._run("info", "--output=json", "--log-level-console=off"))
        stops = [backup["timestamp"]["stop"] for stanza in stanzas for backup in stanza["backup"]]
        return datetime.fromtimestamp(max(stops), UTC) if stops else None

    def restore(self, moment: datetime, data: Path) -> None:
        target = ("--type=time", f"--target={_written(moment)}", "--target-action=promote")
        self._run("restore", f"--pg1-path={data}", *target, "--archive-mode=off")

    def stop(self) -> None:
        pass

    def _run(self, command: str, *options: str) -> str:
        place = (f"--config={self.setup.configuration}", f"--stanza={self.setup.name}")
        return self.program.run(*place, *options, command)


@dataclass(frozen=True, slots=True)
class Barman:
    """It streams the server's WAL by a receiver of its own, which `barman cron` starts."""

    setup: Setup
    program: Program

    def prepare(self) -> None:
        self._run("cron")
        _wait(lambda: not self._complaint(), self._complaint)

    def check(self) -> None:
        self._run("check", self.setup.name)

    def back_up(self) -> None:
        self._run("backup", "--wait", self.setup.name)

    def settle(self) -> None:
        self._run("switch-wal", "--force", "--archive", self.setup.name)

    def last_backup(self) -> datetime | None:
        found = json.loads(self._run("--format", "json", "list-backups", self.setup.name))
        stops = [int(backup["end_time_timestamp"]) for backup in found.get(self.setup.name, ())]
        return datetime.fromtimestamp(max(stops), UTC) if stops else None

    def restore(self, moment: datetime, data: Path) -> None:
        target = ("--target-time", _written(moment), "--target-action", "promote")
        self._run("recover", *target, self.setup.name, "latest", data)  # before 3.13 there is no `restore`

    def stop(self) -> None:
        self._run("receive-wal", "--stop", self.setup.name)

    def _complaint(self) -> str:
        """Until the first segment is there, its own check fails; empty when it is well."""
        try:
            self.settle()
            self.check()
        except KavenError as error:
            return error.message
        return ""

    def _run(self, *arguments: str | Path) -> str:
        return self.program.run("-c", self.setup.configuration, *arguments)


def open_archive(setup: Setup, program: Program) -> Archive:
    if setup.engine is EngineName.PGBACKREST:
        return PgBackRest(setup, program)
    return Barman(setup, program)


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00"


def _wait(is_done: Callable[[], bool], reason: Callable[[], str]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_done():
        if time.monotonic() > deadline:
            raise KavenError(
                "archive_engine_failed",
                f"barman does not receive the server's WAL: {reason()}",
                help="see its log: barman.log",
            )
        time.sleep(_POLL_SECONDS)
