"""Where the developer wrote what PostgreSQL refuses."""

from __future__ import annotations

from typing import NoReturn

from kaven_schema.catalog.partial_indexes import all_partial_indexes
from kaven_schema.config import Settings
from kaven_schema.database.partial_indexes.change import PartialIndexRefusedError
from kaven_schema.database.partial_indexes.declared import declared
from kaven_schema.diagnostics import Diagnostic, KavenError, SchemaError, Severity
from kaven_schema.project import Project


def raise_placed(refused: PartialIndexRefusedError, settings: Settings) -> NoReturn:
    """Raise SchemaError at the line of the declaration; `refused` itself where the project's schema has none such."""
    try:
        indexes = tuple(all_partial_indexes(Project(settings).compile().catalog))
    except (KavenError, SchemaError):
        raise refused from None
    for (entry, index), one in zip(indexes, declared(indexes), strict=True):
        if (one.table, one.name) == (refused.index.table, refused.index.name):
            label = entry.label(index.place)
            found = Diagnostic(refused.rule, Severity.ERROR, refused.message, (label,), refused.help)
            raise SchemaError((found,)) from None
    raise refused
