"""`kaven backup` beside PostgreSQL's own programs, on the same rows in the same server.

`kaven backup create` also counts every table in the dump's snapshot, digests what it writes and dumps the roles;
`kaven backup restore` also reads the digests, counts, compares, analyzes every table, and swaps the database in.
The target is one for 1 GB: with a small database, each program's start is most of its time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg

from benchmarks.client_project import ClientProject
from benchmarks.measure import Cost, Result, Runner, take_turns
from benchmarks.project import kaven_command, kaven_environment
from benchmarks.table import Row
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.embedded.binaries import program
from kaven_schema.database.embedded.credentials import read_credentials
from kaven_schema.database.embedded.roles import DATABASE, SUPERUSER
from kaven_schema.operations.backup.filling import default_jobs

USERS, QUICK_USERS = 240_000, 12_000
_MOST_ROUNDS = 2
_CREATE, _RESTORE = "kaven backup create", "kaven backup restore"
_DUMP, _PLAIN_RESTORE = "pg_dump -Fc", "pg_restore -j"
_SLOWER, _MEGABYTES = 1.15, 150


class Bench(Protocol):
    """What is needed of `comparisons.Bench`."""

    folder: Path
    rounds: int
    announce: Callable[[str], None]
    sizes: list[str]
    backup_users: int


@dataclass(frozen=True, slots=True)
class _Server:
    """The project's embedded PostgreSQL, as its superuser sees it."""

    project: ClientProject
    socket: str
    password: str

    def ask(self, sql: str, database: str = "postgres") -> list[tuple[object, ...]]:
        address = {"host": self.socket, "user": SUPERUSER, "password": self.password, "dbname": database}
        with psycopg.connect(**address, autocommit=True) as connection:  # type: ignore[arg-type]
            found = connection.execute(sql.encode())
            return found.fetchall() if found.description else []

    def drop(self, *prefixes: str) -> None:
        for (name,) in self.ask("SELECT datname FROM pg_database"):
            if re.match("|".join(prefixes), str(name)):
                self.ask(f'DROP DATABASE "{name}" WITH (FORCE)')

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in kaven_environment().items() if "DATABASE_URL" not in name}
        return kept | {"PGPASSWORD": self.password}

    def runner(self, name: str, command: list[str], prepare: Callable[[], object]) -> Runner:
        return Runner(
            name=name,
            command=command,
            folder=self.project.root,
            environment=self.environment(),
            prepare=prepare,
        )


def backing_up(bench: Bench) -> list[Row]:
    rounds = min(bench.rounds, _MOST_ROUNDS)
    bench.announce(f"backups: seeding {bench.backup_users:,} users")
    with _seeded(bench.folder / "backups", bench.backup_users) as server:
        size = server.ask(f"SELECT pg_size_pretty(pg_database_size('{DATABASE}'))")[0][0]
        bench.sizes.append(f"database that is backed up: {size}")
        results = take_turns(_runners(server), rounds, lambda line: bench.announce(f"backups: {line}"))
    most = Result([Cost(0, _MEGABYTES)])
    return [
        *(
            Row(
                what=f"{what}, on the clock",
                ours=results[what],
                against=against,
                theirs=results[against],
                target=_SLOWER if bench.backup_users >= USERS else None,
                unit="wall",
            )
            for what, against in ((_CREATE, _DUMP), (_RESTORE, _PLAIN_RESTORE))
        ),
        *(
            Row(
                what=f"{what}: memory",
                ours=results[what],
                against=f"{_MEGABYTES} MB",
                theirs=most,
                target=1,
                unit="peak",
            )
            for what in (_CREATE, _RESTORE)
        ),
    ]


def _runners(server: _Server) -> tuple[Runner, ...]:
    """The dump that pg_restore takes is the one that pg_dump has made in the same round."""
    dump = str(server.project.root / "plain.dump")
    place = ["-h", server.socket, "-U", SUPERUSER]

    def anew() -> None:
        server.drop("plain$")
        server.ask("CREATE DATABASE plain TEMPLATE template0")

    return (
        server.runner(_DUMP, [str(program("pg_dump")), "-Fc", *place, "-f", dump, DATABASE], _nothing),
        server.runner(_CREATE, [kaven_command(), "backup", "create"], _nothing),
        server.runner(
            _PLAIN_RESTORE,
            [str(program("pg_restore")), "-j", str(default_jobs()), *place, "-d", "plain", dump],
            anew,
        ),
        server.runner(
            _RESTORE,
            [kaven_command(), "backup", "restore", "--yes"],
            lambda: server.drop(f"{DATABASE}_before", "plain$"),
        ),
    )


def _nothing() -> None:
    pass


@contextmanager
def _seeded(root: Path, users: int) -> Iterator[_Server]:
    project = ClientProject(root)
    project.run("generate")
    with project.database():
        project.run("seed", "--users", str(users))
        server = EmbeddedServer(project.root)
        password = read_credentials(server.layout.credentials, (SUPERUSER,))[SUPERUSER]
        yield _Server(project, server.url(Role.OWNER).host, password)


__all__ = ["USERS", "backing_up"]
