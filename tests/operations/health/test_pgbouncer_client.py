"""Two tenants of the typed client through PgBouncer as docs/production.md has it."""

from __future__ import annotations

from typing import Any

import pytest

from kaven_schema.database.embedded import EmbeddedServer
from tests.database.seed.examples import example, template
from tests.operations.health.production import bouncer, forget_roles
from tests.services.tenancy.test_row_level_security import interleaved
from tests.services.tenancy.worlds import World, package, populated, protected_world

__all__ = ["example", "package", "populated", "protected_world", "template"]

pytestmark = [
    pytest.mark.long,
    pytest.mark.xdist_group("postgres"),
    pytest.mark.filterwarnings("ignore:Passing an int:DeprecationWarning"),
]


def test_no_tenant_is_left_on_a_connection(protected_world: World, shared_server: EmbeddedServer) -> None:
    async def work(client: Any) -> None:
        await interleaved(protected_world, client, 60)
        backends = "SELECT count(DISTINCT pid)::int AS n FROM pg_stat_activity WHERE usename = 'kaven_app'"
        assert (await client.query_raw(backends))[0]["n"] <= 2

    few = {"default_pool_size": "2", "reserve_pool_size": "0"}
    with bouncer(shared_server, protected_world.app.database, few) as production:
        protected_world.run(work, production.app)
    forget_roles(shared_server)
