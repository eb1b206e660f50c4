"""Every rule of migrations, once: what loses data first, then what breaks readers, then what locks."""

from __future__ import annotations

from kaven_schema.database.lint.rule import Rule
from kaven_schema.database.lint.rules.column_not_dropped import RULE as COLUMN_NOT_DROPPED
from kaven_schema.database.lint.rules.column_not_renamed import RULE as COLUMN_NOT_RENAMED
from kaven_schema.database.lint.rules.column_type_widens import RULE as COLUMN_TYPE_WIDENS
from kaven_schema.database.lint.rules.concurrently_alone import RULE as CONCURRENTLY_ALONE
from kaven_schema.database.lint.rules.constraint_added_not_valid import RULE as CONSTRAINT_ADDED_NOT_VALID
from kaven_schema.database.lint.rules.constraint_not_dropped import RULE as CONSTRAINT_NOT_DROPPED
from kaven_schema.database.lint.rules.constraint_validated_apart import RULE as CONSTRAINT_VALIDATED_APART
from kaven_schema.database.lint.rules.ddl_outside_do import RULE as DDL_OUTSIDE_DO
from kaven_schema.database.lint.rules.default_kept import RULE as DEFAULT_KEPT
from kaven_schema.database.lint.rules.default_not_volatile import RULE as DEFAULT_NOT_VOLATILE
from kaven_schema.database.lint.rules.enum_value_not_removed import RULE as ENUM_VALUE_NOT_REMOVED
from kaven_schema.database.lint.rules.enum_value_not_renamed import RULE as ENUM_VALUE_NOT_RENAMED
from kaven_schema.database.lint.rules.enum_value_used_later import RULE as ENUM_VALUE_USED_LATER
from kaven_schema.database.lint.rules.index_created_concurrently import RULE as INDEX_CREATED_CONCURRENTLY
from kaven_schema.database.lint.rules.index_not_dropped import RULE as INDEX_NOT_DROPPED
from kaven_schema.database.lint.rules.not_null_kept import RULE as NOT_NULL_KEPT
from kaven_schema.database.lint.rules.null_stays_allowed import RULE as NULL_STAYS_ALLOWED
from kaven_schema.database.lint.rules.object_not_dropped import RULE as OBJECT_NOT_DROPPED
from kaven_schema.database.lint.rules.required_column_has_default import RULE as REQUIRED_COLUMN_HAS_DEFAULT
from kaven_schema.database.lint.rules.row_security_kept import RULE as ROW_SECURITY_KEPT
from kaven_schema.database.lint.rules.rows_changed_by_where import RULE as ROWS_CHANGED_BY_WHERE
from kaven_schema.database.lint.rules.sql_is_static import RULE as SQL_IS_STATIC
from kaven_schema.database.lint.rules.table_not_dropped import RULE as TABLE_NOT_DROPPED
from kaven_schema.database.lint.rules.table_not_locked import RULE as TABLE_NOT_LOCKED
from kaven_schema.database.lint.rules.table_not_renamed import RULE as TABLE_NOT_RENAMED
from kaven_schema.database.lint.rules.table_not_rewritten import RULE as TABLE_NOT_REWRITTEN
from kaven_schema.database.lint.rules.table_not_truncated import RULE as TABLE_NOT_TRUNCATED
from kaven_schema.database.lint.rules.trigger_columns_kept import RULE as TRIGGER_COLUMNS_KEPT
from kaven_schema.database.lint.rules.type_not_dropped import RULE as TYPE_NOT_DROPPED
from kaven_schema.database.lint.rules.type_not_renamed import RULE as TYPE_NOT_RENAMED
from kaven_schema.database.lint.rules.unique_built_apart import RULE as UNIQUE_BUILT_APART

RULES: tuple[Rule, ...] = (
    TABLE_NOT_DROPPED,
    COLUMN_NOT_DROPPED,
    CONSTRAINT_NOT_DROPPED,
    INDEX_NOT_DROPPED,
    TYPE_NOT_DROPPED,
    TYPE_NOT_RENAMED,
    ENUM_VALUE_NOT_REMOVED,
    ENUM_VALUE_NOT_RENAMED,
    TABLE_NOT_RENAMED,
    COLUMN_NOT_RENAMED,
    TRIGGER_COLUMNS_KEPT,
    COLUMN_TYPE_WIDENS,
    TABLE_NOT_REWRITTEN,
    DEFAULT_NOT_VOLATILE,
    REQUIRED_COLUMN_HAS_DEFAULT,
    NULL_STAYS_ALLOWED,
    NOT_NULL_KEPT,
    DEFAULT_KEPT,
    CONSTRAINT_ADDED_NOT_VALID,
    CONSTRAINT_VALIDATED_APART,
    UNIQUE_BUILT_APART,
    INDEX_CREATED_CONCURRENTLY,
    CONCURRENTLY_ALONE,
    TABLE_NOT_LOCKED,
    TABLE_NOT_TRUNCATED,
    ROWS_CHANGED_BY_WHERE,
    ENUM_VALUE_USED_LATER,
    ROW_SECURITY_KEPT,
    OBJECT_NOT_DROPPED,
    DDL_OUTSIDE_DO,
    SQL_IS_STATIC,
)
