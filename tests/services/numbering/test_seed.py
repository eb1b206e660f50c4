"""`kaven seed` takes its numbers from the same series as the services."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.engines.cache import cache_folder
from tests.cli.conftest import Folder
from tests.database.seed.examples import PASSWORDS
from tests.database.servers import query
from tests.services.project import World
from tests.services.ruled import OURS, invoice

pytestmark = pytest.mark.xdist_group("postgres")


def test_the_seed_and_the_application_agree(
    own_ruled_world: World, services_project: Path, checkout: Path
) -> None:
    world, series = own_ruled_world, f"INV-{datetime.now(UTC).year}"
    environment = {name: value for name, value in os.environ.items() if name != "DIRECT_URL"} | PASSWORDS
    environment |= {
        "PYTHONPATH": str(checkout),
        "KAVEN_CACHE_DIR": str(cache_folder()),
        "DATABASE_URL": str(world.url()),
    }
    world.run(world.client.invoice.create(data=invoice(series)))
    run = Folder(services_project, environment).run("seed", "--force")
    assert run.code == 0, run.err
    assert f"{series}-002" in run.out + run.err
    world.run(world.client.invoice.create(data=invoice(series)))
    found = query(world.url(Role.OWNER), "SELECT number FROM invoices ORDER BY 1")
    assert found == [(f"{series}-{count:03}",) for count in (1, 2, 3)]
    assert query(world.url(Role.OWNER), "SELECT status::text FROM order_status_history") == [("PENDING",)]
    again = Folder(services_project, environment).run("seed", "--force")
    assert (again.code, OURS in again.err) == (0, False)
