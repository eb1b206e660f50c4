"""What a model is for, as far as its shape and name tell."""

from __future__ import annotations

from kaven_schema.catalog.facts import BlockFacts
from kaven_schema.rules.words import words

# Rows that are written once: later writes add rows.
_RECORDS = ("audit", "event", "journal", "ledger", "log", "revision", "snapshot", "trail")
_WRITTEN_ONCE = frozenset((*_RECORDS, *(f"{word}s" for word in _RECORDS), "activity", "activities"))


def is_join(facts: BlockFacts) -> bool:
    """Whether a key is made of nothing but the foreign keys of several relations."""
    relations = [field.relation.fields for field in facts.fields if field.relation and field.relation.fields]
    keys = {frozenset(key) for key in relations}
    for index in facts.indexes:
        inside = [key for key in keys if key <= set(index.fields)]
        if index.kind in ("id", "unique") and len(inside) > 1 and set().union(*inside) == set(index.fields):
            return True
    return False


def is_written_once(facts: BlockFacts) -> bool:
    """Whether the name says that rows are a record of what happened: `OrderStatusHistory`, `AuditLog`."""
    found = words(facts.name)
    return found[-1:] != () and (found[-1] in _WRITTEN_ONCE or "history" in found)
