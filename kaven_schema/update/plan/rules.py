"""Every rule on updates, once: what a release keeps, and what it leaves to extended."""

from __future__ import annotations

from typing import NamedTuple

from kaven_schema.diagnostics import Severity


class UpdateRule(NamedTuple):
    """`slug` states the invariant; its page is docs/update-rules/<slug>.md.

    A break of one that is `acceptable` passes where the release brings a migration of the data for it, and the
    developer has accepted it in the lock.
    """

    slug: str
    summary: str
    acceptable: bool = False
    severity: Severity = Severity.ERROR


# What the vendor did to base, from the outside in; then what that does to extended.
UPDATE_RULES: tuple[UpdateRule, ...] = (
    UpdateRule("vendor_block_kept", "a release removes no model, view, enum or type of base", True),
    UpdateRule("vendor_block_same_kind", "a release keeps a model a model, and an enum an enum", True),
    UpdateRule("vendor_block_same_name", "a release renames no model, view, enum or type of base", True),
    UpdateRule("vendor_stored_name_kept", "a release changes no name in the database", True),
    UpdateRule("vendor_field_kept", "a release removes no field of base", True),
    UpdateRule("vendor_field_same_name", "a release renames no field of base", True),
    UpdateRule("vendor_field_same_type", "a release changes the type of no field of base", True),
    UpdateRule(
        "vendor_field_same_arity", "a release makes no field of base required, optional or a list", True
    ),
    UpdateRule("vendor_field_same_default", "a release changes no default of base", True),
    UpdateRule("vendor_attribute_kept", "a release changes no other attribute of base", True),
    UpdateRule("vendor_constraint_kept", "a release changes no key and no unique constraint of base", True),
    UpdateRule("vendor_index_kept", "a release removes and changes no index of base", True),
    UpdateRule("vendor_relation_same_keys", "a release changes no foreign key of base", True),
    UpdateRule(
        "vendor_referential_action_kept", "a release changes no onDelete and no onUpdate of base", True
    ),
    UpdateRule("vendor_enum_value_kept", "a release removes no value of an enum of base", True),
    UpdateRule("vendor_enum_value_same_name", "a release renames no value of an enum of base", True),
    UpdateRule("vendor_datasource_kept", "a release keeps base's database", True),
    UpdateRule(
        "vendor_field_has_database_default", "what a release adds to a model fits rows that exist", True
    ),
    UpdateRule("vendor_relation_optional", "a relation that a release adds to a model is optional", True),
    UpdateRule(
        "vendor_constraint_fits_existing_rows",
        "rows that exist may break a constraint that a release adds",
        severity=Severity.WARNING,
    ),
    UpdateRule("addition_is_adopted", "what a release adds, and extended has just so, moves to base"),
    UpdateRule("addition_same_as_extended", "what a release adds is not in extended in another form"),
    UpdateRule("extension_target_kept", "what extended re-opens is still in base"),
    UpdateRule("extension_reference_kept", "what extended names is still in base"),
    UpdateRule("merged_names_unique", "no two names in the database become one"),
    UpdateRule(
        "accepted_break_known", "what the lock accepts is a break of the release", severity=Severity.WARNING
    ),
    UpdateRule("base_as_released", "base is what the installed release ships"),
    UpdateRule("database_not_ahead", "a database has had no migration that the repository lacks"),
    UpdateRule(
        "vendor_migration_as_brought",
        "the vendor's migrations are there, as the update brought them",
        severity=Severity.WARNING,
    ),
)
RULE_OF = {rule.slug: rule for rule in UPDATE_RULES}

# From what `kaven_schema.compare` calls a change to the rule that it breaks; "" is an addition, None says nothing.
# A field or constraint that is added breaks one only where the comparison finds it to be no mere addition.
BROKEN_BY: dict[str, str | None] = {
    **{f"{kind}_added": "" for kind in ("model", "view", "enum", "type")},
    **{f"{kind}_removed": "vendor_block_kept" for kind in ("model", "view", "enum", "type")},
    **{f"{kind}_renamed": "vendor_block_same_name" for kind in ("model", "view", "enum")},
    "block_kind_changed": "vendor_block_same_kind",
    "table_changed": "vendor_stored_name_kept",
    "enum_database_name_changed": "vendor_stored_name_kept",
    "block_schema_changed": "vendor_stored_name_kept",
    "block_ignored_changed": "vendor_attribute_kept",
    "block_attribute_changed": "vendor_attribute_kept",
    "field_added": "",
    "field_removed": "vendor_field_kept",
    "field_renamed": "vendor_field_same_name",
    "field_column_changed": "vendor_stored_name_kept",
    "field_type_changed": "vendor_field_same_type",
    "field_native_type_changed": "vendor_field_same_type",
    "field_arity_changed": "vendor_field_same_arity",
    "field_default_changed": "vendor_field_same_default",
    "field_updated_at_changed": "vendor_attribute_kept",
    "field_ignored_changed": "vendor_attribute_kept",
    "field_attribute_changed": "vendor_attribute_kept",
    "relation_added": "",
    "relation_removed": "vendor_field_kept",
    "relation_renamed": "vendor_field_same_name",
    "relation_target_changed": "vendor_field_same_type",
    "relation_arity_changed": "vendor_field_same_arity",
    "relation_fields_changed": "vendor_relation_same_keys",
    "relation_constraint_changed": "vendor_stored_name_kept",
    "relation_name_changed": None,
    "relation_ignored_changed": "vendor_attribute_kept",
    "relation_on_delete_changed": "vendor_referential_action_kept",
    "relation_on_update_changed": "vendor_referential_action_kept",
    **{
        f"{kind}_{what}": "vendor_constraint_kept"
        for kind in ("id", "unique")
        for what in ("removed", "changed")
    },
    **{
        f"{kind}_{what}": "vendor_index_kept"
        for kind in ("index", "fulltext")
        for what in ("removed", "changed")
    },
    "id_added": "vendor_constraint_kept",
    "unique_added": "",
    "index_added": "",
    "fulltext_added": "",
    "enum_value_added": "",
    "enum_value_removed": "vendor_enum_value_kept",
    "enum_value_renamed": "vendor_enum_value_same_name",
    "enum_value_database_name_changed": "vendor_stored_name_kept",
    "documentation_changed": None,
    "datasource_added": "",
    "datasource_removed": "vendor_datasource_kept",
    "datasource_renamed": None,
    "generator_added": "",
    "generator_removed": None,
    "property_added": None,
    "property_removed": None,
    "property_changed": None,
}
