"""What keeping tenants apart costs, operation by operation: the tenant's client beside the bare one, and row-level
security beside none. All connect as the application's role, from one process, in turn.

The two databases hold the same rows. Row-level security's cost is all that an application pays for it: the policies,
and the tenant that is told in each transaction.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import click
import psycopg

from benchmarks.client_project import ClientProject
from benchmarks.measure import Cost, Result
from benchmarks.project import kaven_environment
from benchmarks.table import Row
from benchmarks.tenancy_worker import BARE, OPERATIONS, PROTECTED, WRAPPED
from kaven_schema.client.engine import VARIABLE
from kaven_schema.client.tenant.metadata import read_catalog
from kaven_schema.database.embedded import EmbeddedServer, Role
from kaven_schema.database.row_level_security.doors import doors_of
from kaven_schema.database.row_level_security.script import write_script
from kaven_schema.database.row_level_security.tables import protection_of
from kaven_schema.engines.query_engine import query_engine_path

_MOST_ROUNDS = 5
_TENANTS, _ORDERS = 20, 500
"""Of each tenant as many orders, each with two items."""
_DATABASE = "protected"
_FILL = """\
INSERT INTO tenants (id, name, slug, "updatedAt")
    SELECT 't' || t, 'T', 't' || t, now() FROM generate_series(1, %(tenants)s) t;
INSERT INTO orders (id, tenant_id, number, subtotal, total, updated_at)
    SELECT 't' || t || '-' || o, 't' || t, 't' || t || '-' || o, 20, 20, now()
    FROM generate_series(1, %(tenants)s) t, generate_series(1, %(orders)s) o;
INSERT INTO order_items (id, order_id, description, quantity, price, total)
    SELECT id || '-' || i, id, 'Ware', 1, 10, 10 FROM orders, generate_series(1, 2) i"""


class Bench(Protocol):
    """What is needed of `comparisons.Bench`."""

    folder: Path
    rounds: int
    announce: Callable[[str], None]


def tenancy(bench: Bench) -> list[Row]:
    bench.announce("tenancy: making the databases and the client")
    project = ClientProject(bench.folder / "tenancy")
    client = project.generate("app", lean=True)
    with project.database(), _worker(project, client) as ask:
        rounds = min(bench.rounds, _MOST_ROUNDS)
        results = {(way, name): Result() for way in (BARE, WRAPPED, PROTECTED) for name in OPERATIONS}
        for number in range(rounds + 1):
            bench.announce(f"tenancy: round {number} of {rounds}" if number else "tenancy: warming up")
            for (way, name), milliseconds in ask().items():
                if number:
                    results[way, name].costs.append(Cost(0, 0, milliseconds))
    return [
        *_rows(results, "the tenant's client", WRAPPED, BARE),
        *_rows(results, "policies", PROTECTED, WRAPPED),
    ]


def _rows(results: dict[tuple[str, str], Result], what: str, ours: str, theirs: str) -> Iterator[Row]:
    for name in OPERATIONS:
        yield Row(
            what=f"{name}, {what}",
            ours=results[ours, name],
            against=theirs,
            theirs=results[theirs, name],
            unit="wall",
        )


_Figures = dict[tuple[str, str], float]


@contextmanager
def _worker(project: ClientProject, client: Path) -> Iterator[Callable[[], _Figures]]:
    """Asked once, it does a round."""
    root = Path(__file__).resolve().parent.parent
    plain, protected = _databases(project)
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.tenancy_worker", plain, protected],
        cwd=root,
        env=kaven_environment()
        | {"PYTHONPATH": f"{client}{os.pathsep}{root}", VARIABLE: str(query_engine_path())},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    stdin, stdout = process.stdin, process.stdout

    def ask() -> _Figures:
        stdin.write("\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise click.ClickException("the benchmark of tenancy ends before its time")
        return {(way, name): took for way, name, took in json.loads(line)}

    try:
        yield ask
    finally:
        process.communicate(timeout=30)


def _databases(project: ClientProject) -> tuple[str, str]:
    """The application's connection strings: without row-level security, and with."""
    server = EmbeddedServer(project.root)
    owner, app = server.url(Role.OWNER), server.url(Role.APP)
    with psycopg.connect(owner.conninfo(), password=owner.password) as connection:
        for statement in _FILL.split(";"):
            connection.execute(statement.encode(), {"tenants": _TENANTS, "orders": _ORDERS})
    elsewhere = owner.with_database("postgres")
    with psycopg.connect(
        elsewhere.with_database("template1").conninfo(), password=owner.password, autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {_DATABASE} TEMPLATE {owner.database}".encode())
    catalog = read_catalog(project.schema.read_text(encoding="utf-8"), "5.17")
    script = write_script(protection_of(catalog), doors_of(catalog, "public"), ())
    inside = owner.with_database(_DATABASE)
    with psycopg.connect(inside.conninfo(), password=owner.password, autocommit=True) as connection:
        connection.execute(script.encode())
    for url in (owner, inside):
        with psycopg.connect(url.conninfo(), password=owner.password, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    return str(app), str(app.with_database(_DATABASE))
