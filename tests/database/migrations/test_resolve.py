from __future__ import annotations

import pytest

from kaven_schema.database.migrations.deploy import DeployOptions, deploy
from kaven_schema.database.migrations.resolve import accept_edited, mark_applied, mark_rolled_back, record_all
from kaven_schema.database.url import DatabaseUrl
from kaven_schema.diagnostics import KavenError
from tests.database.migrations.conftest import Write
from tests.database.servers import query

pytestmark = pytest.mark.xdist_group("postgres")

HALF = "create table a (x int);\ncreate index concurrently i on a (x);\nselect 1/0;"


def test_undone_by_hand(database: DatabaseUrl, write: Write) -> None:
    folder = write(one=HALF)
    name = folder.migrations[0].name
    deploy(database, folder, DeployOptions())
    query(database, "DROP TABLE a")
    mark_rolled_back(database, folder, name)
    mended = write(one=HALF.replace("1/0", "1"))
    assert deploy(database, mended, DeployOptions()).applied == (name,)
    with pytest.raises(KavenError, match="not recorded as failed"):
        mark_rolled_back(database, mended, name)


def test_done_by_hand(database: DatabaseUrl, write: Write) -> None:
    folder = write(one=HALF, two="create table b();")
    name = folder.migrations[0].name
    deploy(database, folder, DeployOptions())
    mark_applied(database, folder, name)
    rows = query(
        database,
        "SELECT finished_at = started_at, rolled_back_at IS NOT NULL FROM _prisma_migrations"
        " ORDER BY started_at",
    )
    assert rows == [(None, True), (True, False)]
    assert deploy(database, folder, DeployOptions()).applied == (folder.migrations[1].name,)
    with pytest.raises(KavenError, match="recorded as applied already"):
        mark_applied(database, folder, name)


def test_edited(database: DatabaseUrl, write: Write) -> None:
    folder = write(one="create table a();")
    deploy(database, folder, DeployOptions())
    folder = write(one="create table a(); -- said better")
    assert deploy(database, folder, DeployOptions()).diagnostics
    accept_edited(database, folder, folder.migrations[0].name)
    assert not deploy(database, folder, DeployOptions()).diagnostics


def test_all_recorded(database: DatabaseUrl, write: Write) -> None:
    query(database, "CREATE TABLE a ()")
    folder = write(one="create table a();")
    record_all(database, folder)
    assert deploy(database, folder, DeployOptions()).applied == ()
    with pytest.raises(KavenError, match="has a record"):
        record_all(database, folder)


def test_name_that_is_none(database: DatabaseUrl, write: Write) -> None:
    folder = write(one="create table a();")
    with pytest.raises(KavenError) as caught:
        mark_applied(database, folder, folder.migrations[0].name[:-1])
    assert folder.migrations[0].name in caught.value.help
