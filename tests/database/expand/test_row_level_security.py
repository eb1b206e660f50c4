"""Plans where tenants are kept apart by the database: who moves rows must be seen to see them all."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import replace

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from kaven_schema.database.expand.plan import Plan
from kaven_schema.database.row_level_security.roles import make_embedded_roles
from kaven_schema.database.row_level_security.writing import write_row_level_security
from kaven_schema.database.target import Target
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from tests.database.expand.test_plans import last_step
from tests.database.expand.world import World
from tests.database.servers import query, superuser

pytestmark = pytest.mark.xdist_group("postgres")

TENANTS = """
model Tenant {
  id String @id
}

model User {
  tenantId String?
}
"""
ROWS = """\
INSERT INTO "Tenant" (id) VALUES ('a'), ('b');
INSERT INTO users (id, email, company, "tenantId") SELECT n, n, 'c' || n, CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END
FROM generate_series(1, 20) n"""
HIDDEN = "row-level security hides rows of users from "


@pytest.fixture
def kept_apart(unmigrated: World, shared_server: EmbeddedServer) -> World:
    """With the migration of `kaven rls`, and rows of two tenants."""
    make_embedded_roles(shared_server)
    world = unmigrated
    (world.root / "kaven.toml").write_text('global_models = ["Place", "Task"]\n')
    with world.extended.open("a", encoding="utf-8") as extended:
        extended.write(TENANTS)
    world.dev("init")
    project = world.project
    assert write_row_level_security(project, project.compile().catalog)
    assert not world.deploy().diagnostics
    world.rows(ROWS)
    return world


@pytest.fixture
def partial(kept_apart: World, shared_server: EmbeddedServer) -> Iterator[DatabaseUrl]:
    """The application's role, of the tenant `a` alone."""
    with superuser(shared_server) as connection:
        connection.execute("CREATE ROLE of_one_tenant LOGIN PASSWORD 'secret' IN ROLE kaven_app")
        connection.execute("ALTER ROLE of_one_tenant SET app.tenant_id = 'a'")
        yield replace(kept_apart.url, user="of_one_tenant", password="secret")
        connection.execute("DROP ROLE of_one_tenant")


def test_all_the_way(kept_apart: World, partial: DatabaseUrl) -> None:
    """By the owner, whose policy says that he sees all; by nobody who sees a part, be it the owner himself."""
    world = kept_apart
    plan = world.expand("rename", "User.company", "organisation").plan
    assert world.dev() == ()
    sees_a_part(world, plan, partial)
    world.rows("""ALTER POLICY kaven_owner ON users USING ("tenantId" = 'a')""")
    with pytest.raises(KavenError) as unseen:
        world.fill(plan)
    assert (unseen.value.rule, unseen.value.message) == ("backfill_refused", f"{HIDDEN}kaven_owner")
    mend = unseen.value.help.removeprefix("let it see every row: ")
    world.rows(mend)
    done = world.fill(plan)
    assert (done.is_complete, done.filled) == (True, 20)
    last_step(world, plan)
    assert world.lint() == []
    world.rows("""ALTER POLICY kaven_owner ON users USING ("tenantId" = 'a')""")
    stopped = world.deploy()
    assert stopped.applied == ()
    assert HIDDEN in stopped.diagnostics[0].message
    world.rows(mend)
    assert world.dev() == ()
    assert world.differences() == ""
    assert world.rows("SELECT count(*) FROM users WHERE organisation = 'c' || id") == [(20,)]


def sees_a_part(world: World, plan: Plan, partial: DatabaseUrl) -> None:
    assert query(partial, "SELECT count(*) FROM users") == [(10,)]
    narrow = copy(world)
    narrow.url, narrow.target = partial, Target(partial, "the test", is_embedded=False)
    for step, rule in ((narrow.fill, "backfill_refused"), (narrow.contract, "plan_incomplete")):
        with pytest.raises(KavenError) as refused:
            step(plan)
        assert (refused.value.rule, refused.value.message) == (rule, f"{HIDDEN}of_one_tenant")
        assert refused.value.help == "connect as kaven_owner, who owns users"
