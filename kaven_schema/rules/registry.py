"""Every rule, once."""

from __future__ import annotations

from kaven_schema.rules.argument_complete import RULE as ARGUMENT_COMPLETE
from kaven_schema.rules.base_block_attributes_kept import RULE as BASE_BLOCK_ATTRIBUTES_KEPT
from kaven_schema.rules.base_field_not_redeclared import RULE as BASE_FIELD_NOT_REDECLARED
from kaven_schema.rules.base_field_same_arity import RULE as BASE_FIELD_SAME_ARITY
from kaven_schema.rules.base_field_same_attributes import RULE as BASE_FIELD_SAME_ATTRIBUTES
from kaven_schema.rules.base_field_same_type import RULE as BASE_FIELD_SAME_TYPE
from kaven_schema.rules.base_value_not_redeclared import RULE as BASE_VALUE_NOT_REDECLARED
from kaven_schema.rules.block_attribute_once import RULE as BLOCK_ATTRIBUTE_ONCE
from kaven_schema.rules.block_defined_once import RULE as BLOCK_DEFINED_ONCE
from kaven_schema.rules.block_kind_same import RULE as BLOCK_KIND_SAME
from kaven_schema.rules.column_unique import RULE as COLUMN_UNIQUE
from kaven_schema.rules.config_only_in_base import RULE as CONFIG_ONLY_IN_BASE
from kaven_schema.rules.constraint_name_unique import RULE as CONSTRAINT_NAME_UNIQUE
from kaven_schema.rules.database_name_unique import RULE as DATABASE_NAME_UNIQUE
from kaven_schema.rules.datasource_once import RULE as DATASOURCE_ONCE
from kaven_schema.rules.enum_has_values import RULE as ENUM_HAS_VALUES
from kaven_schema.rules.extension_field_has_database_default import (
    RULE as EXTENSION_FIELD_HAS_DATABASE_DEFAULT,
)
from kaven_schema.rules.extension_name_known import RULE as EXTENSION_NAME_KNOWN
from kaven_schema.rules.field_unique import RULE as FIELD_UNIQUE
from kaven_schema.rules.index_fields_known import RULE as INDEX_FIELDS_KNOWN
from kaven_schema.rules.index_not_prefix import RULE as INDEX_NOT_PREFIX
from kaven_schema.rules.index_unique import RULE as INDEX_UNIQUE
from kaven_schema.rules.lints import LINTS
from kaven_schema.rules.model_has_unique_criterion import RULE as MODEL_HAS_UNIQUE_CRITERION
from kaven_schema.rules.name_is_valid import RULE as NAME_IS_VALID
from kaven_schema.rules.opposite_is_optional import RULE as OPPOSITE_IS_OPTIONAL
from kaven_schema.rules.partial_index_complete import RULE as PARTIAL_INDEX_COMPLETE
from kaven_schema.rules.partial_index_fields_known import RULE as PARTIAL_INDEX_FIELDS_KNOWN
from kaven_schema.rules.partial_index_inside_model import RULE as PARTIAL_INDEX_INSIDE_MODEL
from kaven_schema.rules.partial_index_name_unique import RULE as PARTIAL_INDEX_NAME_UNIQUE
from kaven_schema.rules.partial_index_predicate_sound import RULE as PARTIAL_INDEX_PREDICATE_SOUND
from kaven_schema.rules.partial_index_sign_exact import RULE as PARTIAL_INDEX_SIGN_EXACT
from kaven_schema.rules.property_has_value import RULE as PROPERTY_HAS_VALUE
from kaven_schema.rules.relation_fields_known import RULE as RELATION_FIELDS_KNOWN
from kaven_schema.rules.relation_has_fields import RULE as RELATION_HAS_FIELDS
from kaven_schema.rules.relation_has_opposite import RULE as RELATION_HAS_OPPOSITE
from kaven_schema.rules.relation_optional_like_fields import RULE as RELATION_OPTIONAL_LIKE_FIELDS
from kaven_schema.rules.relation_required_like_fields import RULE as RELATION_REQUIRED_LIKE_FIELDS
from kaven_schema.rules.relation_unambiguous import RULE as RELATION_UNAMBIGUOUS
from kaven_schema.rules.rule import Rule
from kaven_schema.rules.text_after_brace_ignored import RULE as TEXT_AFTER_BRACE_IGNORED
from kaven_schema.rules.type_known import RULE as TYPE_KNOWN
from kaven_schema.rules.unique_fits_existing_rows import RULE as UNIQUE_FITS_EXISTING_ROWS
from kaven_schema.rules.value_stored_once import RULE as VALUE_STORED_ONCE
from kaven_schema.rules.value_unique import RULE as VALUE_UNIQUE

# From the outside in, so that of two findings at one place the one that explains the other comes first:
# what a block is, what is written in it, what extended may say of base, what is declared twice, what names
# something, how it is stored, and last what is allowed but needs care.
STRUCTURE: tuple[Rule, ...] = (
    BLOCK_KIND_SAME,
    BLOCK_DEFINED_ONCE,
    CONFIG_ONLY_IN_BASE,
    DATASOURCE_ONCE,
    NAME_IS_VALID,
    ARGUMENT_COMPLETE,
    PROPERTY_HAS_VALUE,
    ENUM_HAS_VALUES,
    MODEL_HAS_UNIQUE_CRITERION,
    BASE_FIELD_SAME_TYPE,
    BASE_FIELD_SAME_ARITY,
    BASE_FIELD_SAME_ATTRIBUTES,
    BASE_FIELD_NOT_REDECLARED,
    BASE_VALUE_NOT_REDECLARED,
    BASE_BLOCK_ATTRIBUTES_KEPT,
    EXTENSION_FIELD_HAS_DATABASE_DEFAULT,
    BLOCK_ATTRIBUTE_ONCE,
    FIELD_UNIQUE,
    VALUE_UNIQUE,
    INDEX_UNIQUE,
    TYPE_KNOWN,
    INDEX_FIELDS_KNOWN,
    PARTIAL_INDEX_INSIDE_MODEL,
    PARTIAL_INDEX_COMPLETE,
    PARTIAL_INDEX_FIELDS_KNOWN,
    PARTIAL_INDEX_PREDICATE_SOUND,
    PARTIAL_INDEX_SIGN_EXACT,
    RELATION_FIELDS_KNOWN,
    RELATION_UNAMBIGUOUS,
    RELATION_HAS_OPPOSITE,
    RELATION_HAS_FIELDS,
    OPPOSITE_IS_OPTIONAL,
    RELATION_OPTIONAL_LIKE_FIELDS,
    COLUMN_UNIQUE,
    VALUE_STORED_ONCE,
    DATABASE_NAME_UNIQUE,
    CONSTRAINT_NAME_UNIQUE,
    PARTIAL_INDEX_NAME_UNIQUE,
    EXTENSION_NAME_KNOWN,
    RELATION_REQUIRED_LIKE_FIELDS,
    UNIQUE_FITS_EXISTING_ROWS,
    INDEX_NOT_PREFIX,
    TEXT_AFTER_BRACE_IGNORED,
)

RULES = (*STRUCTURE, *LINTS)
