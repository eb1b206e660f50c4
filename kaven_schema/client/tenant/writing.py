"""The tenant's client of a schema, rendered and put beside the generated client."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kaven_schema.catalog.catalog import Catalog
from kaven_schema.client.tenant.metadata import Tenancy, read_catalog, tenancy_of
from kaven_schema.client.tenant.runtime.facts import TENANT, Model, Relation
from kaven_schema.rules.python_client.models import visible_models
from kaven_schema.syntax.dialect import Dialect
from kaven_schema.templating import template_environment

_RUNTIME = Path(__file__).parent / "runtime"
_COPIES = {f"_kaven_tenant_{file.stem}.py": file for file in sorted(_RUNTIME.glob("[a-z]*.py"))}
TENANT_FILES = (*_COPIES, "tenant.py", "tenant.pyi")
"""What a client has for tenants beside the files of prisma-client-py."""

_IMPORTS = (
    (re.compile(rb"^from kaven_schema\.client\.tenant\.runtime\.", re.MULTILINE), b"from ._kaven_tenant_"),
    (re.compile(rb"^from prisma import", re.MULTILINE), b"from . import"),
    (re.compile(rb"^from prisma\.", re.MULTILINE), b"from ."),
)


class _ModelRow(NamedTuple):
    """A model in the templates; `parts` and `batch_parts` name those that its methods stand in."""

    name: str
    property: str
    literal: str
    parts: tuple[str, ...]
    batch_parts: tuple[str, ...]


def write_tenant_client(
    package: Path,
    dmmf: Mapping[str, Any],
    schema: str,
    *,
    config: Mapping[str, str],
    dialect: Dialect = "5.17",
    global_models: Sequence[str] = (),
) -> bool:
    """Add the tenant's client to the one at `package`; False for a schema without tenants.

    `schema` is the merged schema's text, `config` what its generator block says.
    """
    catalog = read_catalog(schema, dialect)
    tenancy = tenancy_of(dmmf, catalog, global_models)
    if tenancy is None:
        return False
    for name, source in _COPIES.items():
        (package / name).write_bytes(_with_own_imports(source.read_bytes()))
    for name, text in _rendered(tenancy, catalog, config):
        (package / name).write_text(text, encoding="utf-8")
    return True


def _with_own_imports(text: bytes) -> bytes:
    for pattern, own in _IMPORTS:
        text = pattern.sub(own, text)
    return text


def _rendered(tenancy: Tenancy, catalog: Catalog, config: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    is_async = config.get("interface", "asyncio") == "asyncio"
    is_recursive = config.get("recursive_type_depth", "5") == "-1"
    rows = [*_rows(tenancy, catalog)]
    environment = template_environment()
    environment.filters["repr"] = repr
    values = {
        "models": rows,
        "reachable": [row for row in rows if row.parts],
        "written": [row for row in rows if row.batch_parts],
        "kind": "Async" if is_async else "Sync",
        "define": "async def" if is_async else "def",
        "enter": "aenter" if is_async else "enter",
        "exit": "aexit" if is_async else "exit",
        "id_type": tenancy.id_type,
        "field_keys": "ScalarFieldKeysT" if is_recursive else "ScalarFieldKeys",
    }
    for name in ("tenant.py", "tenant.pyi"):
        yield name, environment.get_template(f"{name}.jinja").render(values)


def _rows(tenancy: Tenancy, catalog: Catalog) -> Iterator[_ModelRow]:
    properties = {model.entry.name: model.property_name for model in visible_models(catalog)}
    for model in tenancy.models:
        writes = tuple(_writes(model))
        yield _ModelRow(
            model.name,
            properties[model.name],
            _literal(model),
            tuple(f"tenant/{name}.pyi.jinja" for name in ("reads", *writes) if model.access),
            tuple(f"tenant/batch_{name}.pyi.jinja" for name in writes),
        )


def _writes(model: Model) -> Iterator[str]:
    if model.access != TENANT or model.is_view:
        return
    if not model.is_tenant:
        yield "creates"
    yield "updates"
    if model.deleted or not model.is_tenant:
        yield "deletes"


def _literal(model: Model) -> str:
    """A model without its name, as Python writes it, with everything in an order of its own."""
    relations = {name: _plain(relation) for name, relation in model.relations.items()}
    return repr((tuple(sorted(model.scalars)), relations, dict(model.keys), *model[4:]))


def _plain(relation: Relation) -> tuple[Any, ...]:
    return tuple(relation)
