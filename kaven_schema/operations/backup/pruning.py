"""kaven backup prune, as a function: what retention's plan removes, removed so that no half backup looks whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kaven_schema.operations.backup.catalogue import Backup, Catalogue, is_own
from kaven_schema.operations.backup.manifest import MANIFEST
from kaven_schema.operations.backup.proofs import ProofKind
from kaven_schema.operations.backup.retention import Held, Plan, Rules, plan
from kaven_schema.operations.backup.storage import Store
from kaven_schema.operations.backup.sweeping import forgotten, sweep


@dataclass(frozen=True, slots=True)
class Pruning:
    """`left` are backups that nobody may judge without the key that they were made with, or that are damaged.

    `unfinished` are objects of backups that were never finished.
    """

    plan: Plan
    left: tuple[str, ...]
    unfinished: tuple[str, ...]


def plan_pruning(catalogue: Catalogue, rules: Rules, now: datetime) -> Pruning:
    """Changes nothing."""
    judged = [backup for backup in catalogue.backups if backup.trust.is_enough]
    left = [backup.name for backup in catalogue.backups if not backup.trust.is_enough]
    held = [
        Held(
            backup.name,
            backup.manifest.finished,
            backup.proof(ProofKind.RESTORED) is not None,
            backup.database,
        )
        for backup in judged
    ]
    return Pruning(
        plan(held, rules, now),
        (*left, *(name for name, _ in catalogue.unreadable)),
        forgotten(catalogue.unfinished, now),
    )


def prune(store: Store, catalogue: Catalogue, rules: Rules, now: datetime) -> Pruning:
    """Remove what the plan says, and what killed backups left. Raises KavenError as the store does."""
    found = plan_pruning(catalogue, rules, now)
    backups = {backup.name: backup for backup in catalogue.backups}
    for held in found.plan.remove:
        _remove(store, backups[held.name])
    sweep(store)
    return found


def _remove(store: Store, backup: Backup) -> None:
    """The manifest first: without it the rest is no backup, should this be stopped in between."""
    manifest = backup.manifest.object_name(MANIFEST)
    store.remove([manifest])
    store.remove([found.name for found in backup.objects if found.name != manifest and is_own(found.name)])
