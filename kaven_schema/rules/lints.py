"""The lints, in the order in which they run."""

from __future__ import annotations

from kaven_schema.rules.client_safe_name import RULE as CLIENT_SAFE_NAME
from kaven_schema.rules.client_type_names_unique import RULE as CLIENT_TYPE_NAMES_UNIQUE
from kaven_schema.rules.foreign_key_indexed import RULE as FOREIGN_KEY_INDEXED
from kaven_schema.rules.id_is_uuid import RULE as ID_IS_UUID
from kaven_schema.rules.large_column_not_indexed import RULE as LARGE_COLUMN_NOT_INDEXED
from kaven_schema.rules.low_cardinality_not_indexed import RULE as LOW_CARDINALITY_NOT_INDEXED
from kaven_schema.rules.rule import Rule
from kaven_schema.rules.secret_not_indexed import RULE as SECRET_NOT_INDEXED
from kaven_schema.rules.tenant_index_composite import RULE as TENANT_INDEX_COMPOSITE
from kaven_schema.rules.tenant_scoped import RULE as TENANT_SCOPED
from kaven_schema.rules.timestamps_present import RULE as TIMESTAMPS_PRESENT

# As the specification goes: its design principles first, whose rows they are before what a row has; then its
# index strategy, what to index before what not to. Last the client, the only ones that judge base as well.
LINTS: tuple[Rule, ...] = (
    TENANT_SCOPED,
    ID_IS_UUID,
    TIMESTAMPS_PRESENT,
    FOREIGN_KEY_INDEXED,
    TENANT_INDEX_COMPOSITE,
    SECRET_NOT_INDEXED,
    LOW_CARDINALITY_NOT_INDEXED,
    LARGE_COLUMN_NOT_INDEXED,
    CLIENT_SAFE_NAME,
    CLIENT_TYPE_NAMES_UNIQUE,
)
