"""Models, enums and their values whose names the client cannot take."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Entry
from kaven_schema.rules.places import block_label, name_place_label
from kaven_schema.rules.python_client.mends import rename_block, rename_property, rename_value
from kaven_schema.rules.python_client.models import ClientModel, ClientSchema, needs
from kaven_schema.rules.python_client.names import (
    BREAKING_CLASSES,
    CLASS_NAMES,
    CLIENT_ATTRIBUTES,
    CLIENT_METHODS,
    CLIENT_PROPERTIES,
    ENUM_BASE,
    ENUM_MEMBER,
    HIDDEN_BEHIND_CLASS,
    HIDDEN_FROM_CLASS_ON,
    HIDDEN_FROM_MODULE,
    KEYWORDS,
    SPOILING_CLASSES,
)
from kaven_schema.rules.rule import Finding
from kaven_schema.syntax.ast import BlockKind


def class_names(schema: ClientSchema) -> Iterator[Finding]:
    for rank, model in enumerate(schema.models):
        name = model.entry.name
        if name in KEYWORDS or name.lower() in KEYWORDS:
            what = f"refuses the {model.entry.kind.value} `{name}`: `{name.lower()}` is a keyword of Python"
            if name in KEYWORDS:
                what = f"refuses the {model.entry.kind.value} `{name}`: it is a keyword of Python"
            yield _block_finding(schema, model.entry, what)
        elif name in CLASS_NAMES and (what := _class_fault(schema, model, rank)):
            yield _block_finding(schema, model.entry, what)


def _class_fault(schema: ClientSchema, model: ClientModel, rank: int) -> str:
    name = model.entry.name
    if name in BREAKING_CLASSES or _is_needed(schema, name, rank):
        return f"breaks at import on `{name}`: its class hides the `{name}` that the module needs"
    if name in SPOILING_CLASSES:
        return f"can make no partial types: the class `{name}` hides what they need"
    return ""


def _is_needed(schema: ClientSchema, name: str, rank: int) -> bool:
    """Whether some class's code, or what stands behind all classes, needs what this class hides."""
    concerned = (
        (HIDDEN_BEHIND_CLASS, schema.models[rank + 1 :]),
        (HIDDEN_FROM_CLASS_ON, schema.models[rank:]),
        (HIDDEN_FROM_MODULE, schema.models),
    )
    return any(
        needs(model, table[name], schema.catalog)
        for table, models in concerned
        if name in table
        for model in models
    )


def property_names(schema: ClientSchema) -> Iterator[Finding]:
    owners: dict[str, ClientModel] = {}
    for model in schema.models:
        name = model.property_name
        if model.extension.fault:
            continue
        if model.extension.instance_name in KEYWORDS:
            yield _property_finding(schema, model, f"breaks at import: `{name}` is a keyword of Python")
        elif name in CLIENT_METHODS:
            yield _property_finding(schema, model, f"breaks at import: `Prisma` has a method `{name}`")
        elif name in CLIENT_PROPERTIES:
            owner = "the client" if name in CLIENT_ATTRIBUTES else "a batch"
            yield _property_finding(schema, model, f"silently replaces the `{name}` of {owner}")
        elif name in owners:
            yield _collision(schema, owners[name], model)
        owners.setdefault(name, model)


def enum_names(schema: ClientSchema) -> Iterator[Finding]:
    enums = list(schema.catalog.of_kind(BlockKind.ENUM))
    for entry in enums:
        if entry.name in KEYWORDS:
            yield _block_finding(
                schema, entry, f"breaks at import on the enum `{entry.name}`: it is a keyword of Python"
            )
        elif entry.name == ENUM_BASE and entry is not enums[-1]:
            yield _block_finding(
                schema,
                entry,
                f"breaks at import on the enum `{entry.name}`: other enums inherit from that name",
            )
        for name, stored, place in entry.facts.values:
            if name in KEYWORDS or name == ENUM_MEMBER:
                reason = "a keyword" if name in KEYWORDS else "a method of every class"
                yield Finding(
                    message=f"prisma-client-py breaks at import on `{entry.name}.{name}`: it is {reason} of Python",
                    labels=(name_place_label(entry, name, place, "rename it"),),
                    help=rename_value(entry, name, stored, place),
                )


def _block_finding(schema: ClientSchema, entry: Entry, what: str) -> Finding:
    return Finding(
        message=f"prisma-client-py {what}",
        labels=(entry.merged.parts[0].name_label("rename it"),),
        help=rename_block(entry, schema.catalog),
    )


def _property_finding(schema: ClientSchema, model: ClientModel, what: str) -> Finding:
    entry = model.entry
    return Finding(
        message=f"the client's property `{model.property_name}` for `{entry.name}` {what}",
        labels=(block_label(entry, "becomes a property of the client"),),
        help=rename_property(entry, model.property_name, schema.catalog),
    )


def _collision(schema: ClientSchema, first: ClientModel, second: ClientModel) -> Finding:
    """Of two models at one name the client reaches the last one; the developer's is the one to change."""
    if second.entry.is_vendors and not first.entry.is_vendors:
        first, second = second, first
    return Finding(
        message=(
            f"`{second.entry.name}` and `{first.entry.name}` are both `{second.property_name}` in the client,"
            " which silently reaches only one of them"
        ),
        labels=(
            second.entry.merged.parts[0].name_label("rename it"),
            first.entry.merged.parts[0].name_label("has the same property"),
        ),
        help=rename_property(second.entry, second.property_name, schema.catalog),
    )
