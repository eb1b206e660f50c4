"""The generator blocks of prisma-client-py, and what it refuses of them or for want of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePath

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.facts import FieldFacts
from kaven_schema.diagnostics import Label
from kaven_schema.rules.places import block_label, name_place_label
from kaven_schema.rules.python_client.mends import by_vendor
from kaven_schema.rules.python_client.models import ClientSchema, is_visible
from kaven_schema.rules.rule import Finding
from kaven_schema.syntax.ast import BlockKind

_PROVIDER = "prisma-client-py"
_DECIMAL = "enable_experimental_decimal"
_TRUE = frozenset(("1", "on", "t", "true", "y", "yes"))
_FALSE = frozenset(("0", "off", "f", "false", "n", "no"))
# Prisma reads these itself.
_PRISMAS = frozenset(("provider", "output", "binaryTargets", "previewFeatures"))


def python_generators(catalog: Catalog) -> list[Entry]:
    return [
        entry
        for entry in catalog.of_kind(BlockKind.GENERATOR)
        if may_be_python(entry.facts.property("provider"))
    ]


def may_be_python(provider: str) -> bool:
    """A path may lead to the program; of a provider from the environment nothing is known, and nothing said."""
    return PurePath(provider).stem == _PROVIDER


def _is_depth(value: str) -> bool:
    return value.removeprefix("-").isdigit() and (int(value) == -1 or int(value) > 1)


# generator/models.py, Config: what the generator takes, and what it says to the rest.
_OPTIONS: dict[str, tuple[Callable[[str], bool], str]] = {
    "interface": (lambda value: value in ("asyncio", "sync"), '`"asyncio"` or `"sync"`'),
    "recursive_type_depth": (_is_depth, "-1, or a number from 2 on"),
    "engineType": (lambda value: value == "binary", '`"binary"`'),
    "engine_type": (lambda value: value == "binary", '`"binary"`'),
    "partial_type_generator": (bool, "a module or a path"),
    _DECIMAL: (lambda value: value.lower() in _TRUE | _FALSE, "`true` or `false`"),
}


def options(schema: ClientSchema) -> Iterator[Finding]:
    for generator in schema.generators:
        for name, value in generator.facts.properties:
            if name in _PRISMAS or value.startswith("env("):
                continue
            is_fine, wanted = _OPTIONS.get(name, (None, ""))
            if is_fine is None:
                known = ", ".join(sorted(_OPTIONS))
                yield _option(
                    generator, name, "does not know the option", f"remove `{name}`; it knows {known}"
                )
            elif not is_fine(value):
                yield _option(generator, name, "cannot read the option", f"give `{name}` {wanted}")


def _option(generator: Entry, name: str, what: str, help: str) -> Finding:
    return Finding(
        message=f"prisma-client-py {what} `{name}` of generator `{generator.name}`",
        labels=(_property_label(generator, name),),
        help=_by_owner(generator, help),
    )


def _by_owner(generator: Entry, advice: str) -> str:
    """A generator of base cannot be re-opened."""
    return by_vendor(advice) if generator.is_vendors else advice


def _property_label(generator: Entry, name: str) -> Label:
    for part in generator.merged.parts:
        for line in part.block.properties:
            if line.name == name:
                return part.label(line.span, "refused by the generator")
    return block_label(generator, "refused by the generator")


def datasource(schema: ClientSchema) -> Iterator[Finding]:
    if not any(schema.catalog.of_kind(BlockKind.DATASOURCE)):
        for generator in schema.generators:
            yield Finding(
                message="prisma-client-py stops at a schema without a datasource",
                labels=(block_label(generator, "generates for no database"),),
                help="add a datasource block with a provider and a url",
            )


def decimals(schema: ClientSchema) -> Iterator[Finding]:
    strict = [entry for entry in schema.generators if entry.facts.property(_DECIMAL).lower() not in _TRUE]
    if strict and (found := _first_decimal(schema)):
        model, field = found
        for generator in strict:
            yield Finding(
                message=f"prisma-client-py stops at `{model.name}.{field.name}`: it takes Decimal only when told",
                labels=(
                    block_label(generator, f"lacks `{_DECIMAL}`"),
                    name_place_label(model, field.name, field.place, "a Decimal"),
                ),
                help=_by_owner(generator, f"write `{_DECIMAL} = true` in generator `{generator.name}`"),
            )


def _first_decimal(schema: ClientSchema) -> tuple[Entry, FieldFacts] | None:
    for model in schema.models:
        if "Decimal" in model.types:
            for field in model.entry.facts.fields:
                if field.type == "Decimal" and is_visible(field):
                    return model.entry, field
    return None


def composite_types(schema: ClientSchema) -> Iterator[Finding]:
    for entry in schema.catalog.of_kind(BlockKind.TYPE):
        yield Finding(
            message=f"prisma-client-py has no composite types: it stops at `{entry.name}`",
            labels=(block_label(entry, "unknown to the client"),),
            help=f"make `{entry.name}` a model of its own, or its field a Json",
        )
