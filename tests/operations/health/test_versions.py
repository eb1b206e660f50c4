"""Every check on the other versions of PostgreSQL: what it asks there has an answer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kaven_schema.config import Settings
from kaven_schema.operations.health.deployment import Deployment, Given
from kaven_schema.operations.health.examining import CHECKS, _made
from kaven_schema.operations.pitr.checking import check_archiver, check_receiver, check_settings
from tests.database.servers import query
from tests.database.versions import server

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("postgres")]


@pytest.mark.parametrize("version", [15, 17, 18])
def test_all_checks(settings: Settings, version: int) -> None:
    with server(version) as url:
        query(url, "CREATE ROLE kaven_app LOGIN")
        for script in sorted((settings.root / "prisma" / "migrations").glob("*/migration.sql")):
            query(url, script.read_text())
        with Deployment(settings, Given(application=str(url), direct=str(url))) as deployment:
            for check in CHECKS:
                for finding in _made(check, deployment):
                    assert "could not be checked" not in finding.what, finding
                    assert finding.check != "version" or finding.colour == "green"
            connection, now = deployment.as_owner, datetime.now(UTC)
            assert [
                *check_settings(connection),
                *check_archiver(connection, now),
                *check_receiver(connection),
            ]
