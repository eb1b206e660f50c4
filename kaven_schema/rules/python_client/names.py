"""Names that prisma-client-py 0.15.0 refuses, or accepts and then breaks on.

Frozen, for the client gets no more releases; each was tried, by generating, importing and using the client with
Python 3.11 and pydantic 2.14. The paths are of that package.
"""

from __future__ import annotations

from enum import Enum, auto

# Python 3.11 to 3.14 have the same; the soft ones (`match`, `type`) are fine.
KEYWORDS = frozenset(
    ("False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def")
    + (
        "del",
        "elif",
        "else",
        "except",
        "finally",
        "for",
        "from",
        "global",
        "if",
        "import",
        "in",
        "is",
        "lambda",
    )
    + ("nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield")
)

# --- fields ---------------------------------------------------------------------------------------------

# generator/models.py, Field.name_validator: `getattr(BaseModel, name, None)`. The same from pydantic 2.8 to 2.14.
MODEL_ATTRIBUTES = frozenset(
    ("construct", "copy", "dict", "from_orm", "json", "model_config", "model_construct", "model_copy")
    + ("model_dump", "model_dump_json", "model_extra", "model_fields_set", "model_json_schema")
    + ("model_parametrized_name", "model_post_init", "model_rebuild", "model_validate", "model_validate_json")
    + ("model_validate_strings", "mro", "parse_file", "parse_obj", "parse_raw", "register", "schema")
    + ("schema_json", "update_forward_refs", "validate")
)

# _constants.py, QUERY_BUILDER_ALIASES: refused by the same validator.
QUERY_ALIASES = {
    "startswith": "startsWith",
    "has_every": "hasEvery",
    "endswith": "endsWith",
    "has_some": "hasSome",
    "is_empty": "isEmpty",
    "order_by": "orderBy",
    "not_in": "notIn",
    "is_not": "isNot",
    "connect_or_create": "connectOrCreate",
}

# generator/templates/bases.py.jinja; refused too.
MODEL_METHOD = "prisma"

# Accepted, if required or a list: pydantic then takes its own empty dictionary for the field's default.
SPOILED_BY_PYDANTIC = frozenset(("model_computed_fields", "model_fields"))
# Accepted: the class then has the field, and no method to make partial types.
PARTIAL_METHOD = "create_partial"


class Need(Enum):
    """What in a model makes the generated code use a name that something else hides."""

    ANYTHING = auto()
    DATETIME = auto()
    DECIMAL = auto()
    DOCUMENT = auto()
    ENUM = auto()
    RELATION = auto()
    LIST = auto()
    REQUIRED_LIST = auto()
    NO_RELATION = auto()


# generator/templates/models.py.jinja: an optional field or a relation becomes `name: … = None` in the class, and
# hides this name from the rest of the class body; pydantic resolves quoted types (the second group) there too.
HIDDEN_BEHIND_FIELD = {
    "Iterable": Need.ANYTHING,
    "Mapping": Need.ANYTHING,
    "Optional": Need.ANYTHING,
    "staticmethod": Need.ANYTHING,
    "classmethod": Need.REQUIRED_LIST,
    "field_validator": Need.REQUIRED_LIST,
    "enums": Need.ENUM,
    "fields": Need.DOCUMENT,
    "models": Need.RELATION,
}
# Evaluated line by line: only fields from this one on are concerned.
HIDDEN_FROM_FIELD_ON = {"List": Need.LIST, "datetime": Need.DATETIME, "decimal": Need.DECIMAL}

FIELD_NAMES = frozenset().union(
    *(KEYWORDS, MODEL_ATTRIBUTES, QUERY_ALIASES, (MODEL_METHOD, PARTIAL_METHOD), SPOILED_BY_PYDANTIC),
    *(HIDDEN_BEHIND_FIELD, HIDDEN_FROM_FIELD_ON),
)

# --- models and enums -----------------------------------------------------------------------------------

# generator/templates/models.py.jinja: a model's class hides what the module imports …
BREAKING_CLASSES = frozenset(("Dict", "OrderedDict", "Set", "actions", "model_rebuild", "models"))
# … which breaks the classes behind it, if they need it …
HIDDEN_BEHIND_CLASS = {
    "Iterable": Need.ANYTHING,
    "Mapping": Need.ANYTHING,
    "Optional": Need.ANYTHING,
    "bases": Need.ANYTHING,
    "staticmethod": Need.ANYTHING,
    "List": Need.LIST,
    "classmethod": Need.REQUIRED_LIST,
    "field_validator": Need.REQUIRED_LIST,
    "datetime": Need.DATETIME,
    "decimal": Need.DECIMAL,
}
# … or itself too, where pydantic resolves a quoted type …
HIDDEN_FROM_CLASS_ON = {"enums": Need.ENUM, "fields": Need.DOCUMENT}
# … or what the module writes behind all of them …
HIDDEN_FROM_MODULE = {"set": Need.NO_RELATION}
# … or only the making of partial types.
SPOILING_CLASSES = frozenset(("Mapping", "cast", "os", "partial_models_ctx"))

CLASS_NAMES = frozenset().union(
    *(BREAKING_CLASSES, HIDDEN_BEHIND_CLASS, HIDDEN_FROM_CLASS_ON, HIDDEN_FROM_MODULE, SPOILING_CLASSES)
)

# generator/templates/client.py.jinja: `__slots__` of `Prisma` conflicts with its methods: the import fails.
CLIENT_METHODS = frozenset(("batch_", "execute_raw", "query_first", "query_raw", "tx"))
# _base_client.py: a model's property takes the place of these of `Prisma`. Only `@Python(instance_name: …)` can
# name one that begins with `_` …
CLIENT_ATTRIBUTES = frozenset(
    ("connect", "disconnect", "get_metrics", "is_connected", "is_registered", "is_transaction")
    + ("_active_provider", "_connect_timeout", "_copied", "_copy", "_create_engine", "_datasource")
    + (
        "_default_datasource",
        "_default_datasource_name",
        "_engine",
        "_engine_class",
        "_engine_type",
        "_execute",
    )
    + ("_http_config", "_internal_engine", "_log_queries", "_make_query_builder", "_make_sqlite_datasource")
    + ("_make_sqlite_url", "_packaged_schema_path", "_prepare_connect_args", "_preview_features")
    + ("_prisma_models", "_relational_field_mappings", "_schema_path", "_set_generated_properties", "_tx_id")
)
# … and of these of `Batch`.
CLIENT_PROPERTIES = CLIENT_ATTRIBUTES | {"commit", "_add"}

# generator/templates/enums.py.jinja: the base class of all enums. CPython refuses the member.
ENUM_BASE = "StrEnum"
ENUM_MEMBER = "mro"

# generator/templates/types.py.jinja: types of `Post` and `PostList` that bear one name, `PostListRelationFilter`.
TYPE_INFIXES = ("ConnectOr", "List", "Optional", "RelationalField", "ScalarField")
