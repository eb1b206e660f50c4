"""What would be left if the server were gone: backups, the proof that they restore, and the archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.health.deployment import Deployment
from kaven_schema.operations.health.finding import Colour, Finding
from kaven_schema.operations.pitr.checking import is_archived

if TYPE_CHECKING:
    from kaven_schema.operations.backup.catalogue import Catalogue


def backups(deployment: Deployment) -> Iterator[Finding]:
    """The age of the newest backup, and of the newest proof that one restores."""
    from kaven_schema.operations.backup.catalogue import read_catalogue
    from kaven_schema.operations.backup.place import keys_of, store_of
    from kaven_schema.operations.backup.proving import why_unproved

    root = deployment.settings.root
    store = store_of(root, deployment.given.backups or None)
    catalogue = _of_this_database(read_catalogue(store, keys_of(root)), deployment)
    for name, error in catalogue.unreadable:
        yield Finding("backups", Colour.YELLOW, f"{name}: {error.message}", error.help)
    newest, proof = catalogue.newest_backup_at, catalogue.newest_proof
    if newest is None:
        yield Finding(
            "backups",
            Colour.RED,
            f"there is none in {store.url}",
            "kaven backup create; or say where they are: KAVEN_BACKUPS",
        )
        return
    now, given = deployment.given.now(), deployment.given
    yield _aged(
        "the newest backup", newest, now, given.backup_days, "kaven backup create; see: kaven backup schedule"
    )
    if proof is None:
        yield Finding("backups", Colour.RED, why_unproved(catalogue), "kaven backup test")
    else:
        yield _aged("the newest proof of a restore", proof.at, now, given.proof_days, "kaven backup test")


def _of_this_database(catalogue: Catalogue, deployment: Deployment) -> Catalogue:
    """Another database's backup in the same place is no backup of this one."""
    try:
        return catalogue.of(deployment.direct.url.database)
    except KavenError:  # no database is chosen, which is told by itself
        return catalogue


def _aged(what: str, at: datetime, now: datetime, days: float, do: str) -> Finding:
    age = now - at
    shown = f"{what} is of {at:%Y-%m-%d %H:%M} UTC"
    if age > timedelta(days=days):
        return Finding("backups", Colour.RED, f"{shown}, more than {days:g} days old", do)
    return Finding("backups", Colour.GREEN, shown)


def archive(deployment: Deployment) -> Iterator[Finding]:
    """Whether what was written since the newest backup could be restored."""
    for finding in is_archived(deployment.as_owner, deployment.given.now()):
        yield Finding("archive", finding.colour, f"{finding.check} {finding.what}", finding.do)
