"""`kaven jobs` as cron runs it."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.database.row_level_security.doors import doors_of
from kaven_schema.database.row_level_security.roles import make_embedded_roles
from kaven_schema.database.row_level_security.script import write_script
from kaven_schema.database.row_level_security.tables import protection_of
from kaven_schema.services.jobs import JOBS
from tests.cli.conftest import Folder
from tests.database.servers import query
from tests.services.project import World
from tests.services.protected import services_catalog

pytestmark = pytest.mark.xdist_group("postgres")

DUE = {
    "overdue-invoices": 2,
    "ended-periods": 1,
    "ended-trials": 1,
    "refresh-tokens": 1,
    "invitations": 2,
}


async def fill(client: Any) -> None:
    """As many rows that are due as DUE says, and of each kind one that is not."""
    now = datetime.now(UTC)
    past, future = now - timedelta(days=1), now + timedelta(days=1)
    for number, when in enumerate((past, past, future)):
        tenant = await client.tenant.create(data={"name": "T", "slug": f"t-{number}"})
        amounts = {"subtotal": 1, "total": 1, "status": "SENT", "dueDate": when}
        await client.invoice.create(data={"tenantId": tenant.id, "number": f"X-{number}", **amounts})
        state: dict[str, object] = {"status": "TRIAL", "trialEnd": when}
        if number == 0:
            state = {"status": "ACTIVE", "cancelAtPeriodEnd": True, "currentPeriodEnd": when}
        await client.subscription.create(data={"tenantId": tenant.id, **state})
    email, mark = f"{uuid4().hex}@example.com", {"token": "1", "expiresAt": past}
    user = await client.user.create(data={"email": email, "passwordHash": "none", "name": "U"})
    await client.refreshtoken.create(data={"userId": user.id, **mark})
    await client.refreshtoken.create(data={"userId": user.id, "token": "2", "expiresAt": future})
    await client.invitation.create(data={"tenantId": tenant.id, "email": email, "role": "USER", **mark})
    await client.emailverification.create(data={"userId": user.id, "email": email, **mark})


def done(place: Folder, *arguments: str) -> dict[str, tuple[str, int]]:
    run = place.run("jobs", "run", *arguments, "--json")
    assert run.code == 0, run.err
    return {one["job"]: (one["state"], one["rows"]) for one in json.loads(run.out)}


def test_all_at_once_and_once_more(own_world: World, place: Folder) -> None:
    own_world.run(fill(own_world.client))
    run = place.run("jobs", "run", "--all", "--batch-size", "1")
    assert run.code == 0, run.err
    assert "Marking overdue invoices" in run.err
    for name, count in DUE.items():
        assert f"{name}: {count} row" in run.err
    assert done(place, "--all") == {job.name: ("done", 0) for job in JOBS}


def test_one_that_another_process_is_at(own_world: World, place: Folder) -> None:
    own_world.run(fill(own_world.client))
    url = own_world.url()
    with psycopg.connect(url.conninfo(), password=url.password) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended('kaven job refresh-tokens', 0))")
        found = done(place, "refresh-tokens", "invitations")
        assert found == {"refresh-tokens": ("busy", 0), "invitations": ("done", 2)}
    assert done(place, "refresh-tokens") == {"refresh-tokens": ("done", 1)}


def test_one_that_fails_keeps_none_of_the_others(own_world: World, place: Folder) -> None:
    own_world.run(fill(own_world.client))
    query(own_world.url(Role.OWNER), "REVOKE UPDATE ON invoices FROM kaven_app")
    run = place.run("jobs", "run", "--all", "--json")
    assert run.code == 1
    states = {one["job"]: one["state"] for one in json.loads(run.out)}
    assert states == {**dict.fromkeys(DUE, "done"), "overdue-invoices": "failed"}
    assert "overdue-invoices: failed: " in place.run("jobs", "run", "overdue-invoices").err


def test_under_row_level_security(own_world: World, place: Folder, services_project: Path) -> None:
    """Who sees no row is told so; whoever sees all tenants does the work, and may do no more than its part."""
    own_world.run(fill(own_world.client))
    make_embedded_roles(own_world.server)
    catalog = services_catalog(services_project)
    query(own_world.url(Role.OWNER), write_script(protection_of(catalog), doors_of(catalog, "public"), ()))
    hidden = place.run("jobs", "run", "overdue-invoices")
    assert (hidden.code, "error[services_rows_hidden]" in hidden.err) == (3, True)
    place.environment["DATABASE_URL"] = str(own_world.url(Role.AUTHENTICATION))
    assert done(place, "refresh-tokens", "invitations") == {
        "refresh-tokens": ("done", 1),
        "invitations": ("done", 2),
    }
    assert place.run("jobs", "run", "overdue-invoices").code == 3
    place.environment["DATABASE_URL"] = str(own_world.url(Role.SUPER_ADMIN))
    assert done(place, "--all") == {
        name: ("done", 0 if name in ("refresh-tokens", "invitations") else count)
        for name, count in DUE.items()
    }


@pytest.mark.long
def test_two_crons_at_once(own_world: World, place: Folder) -> None:
    """Between them each row is dealt with once, whoever is first at a job."""
    due = datetime.now(UTC) - timedelta(days=1)

    async def many(client: Any) -> None:
        tenant = await client.tenant.create(data={"name": "T", "slug": "many"})
        row = {"tenantId": tenant.id, "subtotal": 1, "total": 1, "status": "SENT", "dueDate": due}
        await client.invoice.create_many(data=[{**row, "number": f"X-{number}"} for number in range(400)])

    own_world.run(many(own_world.client))
    processes = [
        place.start("jobs", "run", "--all", "--batch-size", "10", "--json", stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    found = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    overdue = [one for run in found for one in run if one["job"] == "overdue-invoices"]
    assert sum(one["rows"] for one in overdue) == 400
    assert {one["state"] for one in overdue} <= {"done", "busy"}
    assert own_world.run(own_world.client.invoice.count(where={"status": "OVERDUE"})) == 400
