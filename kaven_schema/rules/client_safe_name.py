"""What prisma-client-py refuses, breaks on at import, or silently spoils: told at its place, before it happens."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Severity
from kaven_schema.rules.python_client.block_names import class_names, enum_names, property_names
from kaven_schema.rules.python_client.comments import documentation
from kaven_schema.rules.python_client.field_names import field_names
from kaven_schema.rules.python_client.generators import (
    composite_types,
    datasource,
    decimals,
    options,
    python_generators,
)
from kaven_schema.rules.python_client.keys import unique_keys
from kaven_schema.rules.python_client.models import ClientSchema, visible_models
from kaven_schema.rules.rule import Finding, Rule, SchemaContext

_CHECKS = (
    options,
    datasource,
    decimals,
    composite_types,
    class_names,
    property_names,
    enum_names,
    field_names,
    unique_keys,
    documentation,
)


def check(context: SchemaContext) -> Iterator[Finding]:
    """Base is judged too: the generator stops there as well."""
    generators = python_generators(context.catalog) if context.settings.python_client else []
    if generators:
        schema = ClientSchema(
            catalog=context.catalog,
            dialect=context.settings.dialect,
            generators=generators,
            models=visible_models(context.catalog),
        )
        for judge in _CHECKS:
            yield from judge(schema)


RULE = Rule(
    slug="client_safe_name",
    severity=Severity.ERROR,
    summary="the Python client can be generated and imported, and hides nothing",
    check_schema=check,
)
