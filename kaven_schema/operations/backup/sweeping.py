"""What killed backups left: objects that are ours, without a manifest, for longer than any backup takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from kaven_schema.operations.backup.catalogue import is_own
from kaven_schema.operations.backup.manifest import MANIFEST
from kaven_schema.operations.backup.storage import Store, Stored

_UNFINISHED = timedelta(days=1)


def sweep(store: Store) -> tuple[str, ...]:
    """The names of what was removed; what is younger may be a backup that somebody makes just now."""
    store.sweep()
    stored = tuple(store.names())
    left = forgotten(stored, datetime.now(UTC))
    if left:
        store.remove(left)
    return left


def forgotten(stored: Sequence[Stored], now: datetime) -> tuple[str, ...]:
    """All of a backup has to be old: its objects come one after the other."""
    groups: dict[str, list[Stored]] = {}
    for one in stored:
        groups.setdefault(one.name.partition("/")[0], []).append(one)
    return tuple(
        one.name
        for name, objects in groups.items()
        if not any(one.name == f"{name}/{MANIFEST}" for one in objects)
        and all(now - one.modified > _UNFINISHED for one in objects)
        for one in objects
        if is_own(one.name)
    )
