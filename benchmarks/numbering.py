"""Invoices with numbers that have no gaps, beside a plain sequence, which has them: 50 writers at once, each on a
connection of its own, on a PostgreSQL that writes every commit to its disk.

A number without gaps is taken until its transaction ends, so that commits wait for each other; those of a sequence go
to the disk together. Both write the same rows through the same driver.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import click
import psycopg

from benchmarks.measure import Cost, Result
from benchmarks.project import kaven_command, kaven_environment
from benchmarks.table import Row
from kaven_schema.services.rules import write_rules

_SCHEMAS = Path(__file__).resolve().parent.parent / "prisma"
_WRITERS, _INVOICES, _ITEMS = 50, 10, 2
_SEQUENCE = "a plain sequence"
_SERIES, _PLAIN = "'INV-2025'", "'plain ' || nextval('plain_numbers')"
_INVOICE = """\
INSERT INTO invoices (id, tenant_id, number, subtotal, total, updated_at)
VALUES (gen_random_uuid(), 'tenant', {number}, 20, 20, now()) RETURNING id"""
_ITEM = "INSERT INTO invoice_items VALUES (gen_random_uuid(), %s, 'Ware', 1, 10, 10)"


class Bench(Protocol):
    """What is needed of `comparisons.Bench`."""

    folder: Path
    rounds: int
    announce: Callable[[str], None]


def numbering(bench: Bench) -> list[Row]:
    bench.announce("numbering: making the database")
    with _database(bench.folder / "numbering") as url:
        results = {(name, items): Result() for name in ("ours", "plain") for items in (0, _ITEMS)}
        for number in range(bench.rounds + 1):
            bench.announce(
                f"numbering: round {number} of {bench.rounds}" if number else "numbering: warming up"
            )
            for (name, items), result in results.items():
                took = _turn(url, is_plain=name == "plain", items=items)
                if number:
                    result.costs.append(Cost(0, 0, took))
    return [
        Row(
            what=f"an invoice {what}, {_WRITERS} writers at once",
            ours=results["ours", items],
            against=_SEQUENCE,
            theirs=results["plain", items],
            unit="wall",
        )
        for what, items in (("alone", 0), (f"with {_ITEMS} items", _ITEMS))
    ]


def _turn(url: str, *, is_plain: bool, items: int) -> float:
    """Milliseconds an invoice, on the clock. The plain one has no trigger of ours on its way."""
    switch = "DISABLE" if is_plain else "ENABLE"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE invoices {switch} TRIGGER kaven_number".encode())
    return asyncio.run(_writing(url, _INVOICE.format(number=_PLAIN if is_plain else _SERIES), items))


async def _writing(url: str, sql: str, items: int) -> float:
    """All are connected before the clock starts."""
    connections = [await psycopg.AsyncConnection.connect(url) for _ in range(_WRITERS)]
    began = time.perf_counter()
    await asyncio.gather(*(_write(connection, sql, items) for connection in connections))
    took = time.perf_counter() - began
    for connection in connections:
        await connection.close()
    return took * 1000 / (_WRITERS * _INVOICES)


async def _write(connection: psycopg.AsyncConnection, sql: str, items: int) -> None:
    for _ in range(_INVOICES):
        async with connection.transaction():
            found = await (await connection.execute(sql.encode())).fetchone()
            for _ in range(items):
                await connection.execute(_ITEM, found)


@contextmanager
def _database(root: Path) -> Iterator[str]:
    """The example with what the services add, migrated; the connection string is its owner's."""
    migrations = root / "prisma" / "migrations"
    migrations.mkdir(parents=True)
    for file in _SCHEMAS.glob("*.prisma"):
        shutil.copy(file, root / "prisma")
    (root / "kaven.toml").write_text('extended = "prisma/*.extended.prisma"\n', encoding="utf-8")
    try:
        _kaven(root, "merge")
        script = migrations / "20250101000000_dev_all" / "migration.sql"
        script.parent.mkdir()
        script.write_text(_kaven(root, "migrate", "diff", "--from", "empty", "--script"), encoding="utf-8")
        write_rules(migrations, root=root)
        _kaven(root, "migrate", "deploy", "--embedded")
        url = _kaven(root, "db", "url", "--role", "owner").strip()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE SEQUENCE plain_numbers")
            tenant = "INSERT INTO tenants (id, name, slug, \"updatedAt\") VALUES ('tenant', 'T', 't', now())"
            connection.execute(tenant)
        yield url
    finally:
        _kaven(root, "db", "down")


def _kaven(root: Path, *arguments: str) -> str:
    """What it prints, without anything in the environment that leads to another database."""
    environment = {name: value for name, value in kaven_environment().items() if "DATABASE_URL" not in name}
    done = subprocess.run(
        [kaven_command(), *arguments], cwd=root, env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise click.ClickException(f"kaven {' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout
