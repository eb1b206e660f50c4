"""What can differ between two schemas, and how much it hurts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kaven_schema.diagnostics import Label


class Severity(StrEnum):
    """SAFE harms neither rows nor code. CARE harms no row, but code, speed or a long lock may need a look.

    BREAKING loses values, or fails on rows that exist.
    """

    SAFE = "safe"
    CARE = "care"
    BREAKING = "breaking"


_BLOCKS = ("model", "view", "enum", "type")
_KEYS = ("id", "index", "unique", "fulltext")
# What a change is; the path says of what. Relation fields have kinds of their own, for they have no column.
KINDS = frozenset(
    (
        *(f"{kind}_{what}" for kind in _BLOCKS for what in ("added", "removed")),
        *("model_renamed", "view_renamed", "enum_renamed", "table_changed", "enum_database_name_changed"),
        *("block_kind_changed", "block_schema_changed", "block_ignored_changed", "block_attribute_changed"),
        *("field_added", "field_removed", "field_renamed", "field_column_changed", "field_type_changed"),
        *("field_native_type_changed", "field_arity_changed", "field_default_changed"),
        *("field_updated_at_changed", "field_ignored_changed", "field_attribute_changed"),
        *("relation_added", "relation_removed", "relation_renamed", "relation_target_changed"),
        *("relation_arity_changed", "relation_fields_changed", "relation_on_delete_changed"),
        *("relation_on_update_changed", "relation_constraint_changed", "relation_name_changed"),
        *("relation_ignored_changed",),
        *(f"{kind}_{what}" for kind in _KEYS for what in ("added", "removed", "changed")),
        *("enum_value_added", "enum_value_removed", "enum_value_renamed"),
        *("enum_value_database_name_changed", "documentation_changed"),
        *("datasource_added", "datasource_removed", "datasource_renamed"),
        *("generator_added", "generator_removed"),
        *("property_added", "property_removed", "property_changed"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. `path` is `User`, `User.email`, `User.@@index([email])` or `generator client.output`.

    What is gone bears the names of the old schema, everything else those of the new one. `note` may guess at
    what was meant; it is empty where there is nothing to guess. `successor` is the path under which what is gone
    very likely goes on.
    """

    kind: str
    path: str
    severity: Severity
    message: str
    old: Label | None = None
    new: Label | None = None
    note: str = ""
    successor: str = ""
