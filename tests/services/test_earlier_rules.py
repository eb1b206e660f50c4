"""A database that has the rules as an earlier release wrote them gets today's with the next migration."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaven_schema.database.embedded import Role
from kaven_schema.services.rules import PARTS, write_rules
from tests.database.servers import query
from tests.services.project import World
from tests.services.ruled import invoice

pytestmark = pytest.mark.xdist_group("postgres")

EARLIER = Path(__file__).parent / "fixtures" / "earlier_rules.sql"
NEEDS = "".join(f'CREATE TABLE "{name}" ();\n' for part in PARTS for name in part.needs)


def migration(folder: Path, name: str, sql: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "migration.sql").write_text(sql, encoding="utf-8")


def test_written_over(own_world: World, tmp_path: Path) -> None:
    owner, client, earlier = own_world.url(Role.OWNER), own_world.client, EARLIER.read_text(encoding="utf-8")
    query(owner, earlier)
    tenant = own_world.run(client.tenant.create(data={"name": "T", "slug": "t"})).id
    rows = [
        {"id": identity, **invoice(number, tenant)}
        for identity, number in (("a", "INV-2025-041"), ("b", "INV-2025"))
    ]
    for row in rows:
        own_world.run(client.invoice.create(data=row))
    own_world.run(client.invoice.delete_many(where={"id": "b"}))

    migration(tmp_path, "29990101000000_dev_all", NEEDS)
    migration(tmp_path, "29990101000001_dev_services_rules", earlier)
    written = write_rules(tmp_path, ["numbering", "history"], root=tmp_path)
    assert written.migration is not None
    assert written.parts == ("numbering", "history")
    assert write_rules(tmp_path, ["numbering", "history"], root=tmp_path).migration is None

    for _ in range(2):  # over what is there, whichever that is
        query(owner, (tmp_path / written.migration.name / "migration.sql").read_text(encoding="utf-8"))
    for _ in range(2):
        own_world.run(client.invoice.create_many(data=rows[:1], skip_duplicates=True))
    made = own_world.run(client.invoice.create(data=invoice("INV-2025", tenant)))
    assert made.number == "INV-2025-043", "the series goes on, not anew from the highest number"
