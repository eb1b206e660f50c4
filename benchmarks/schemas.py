"""Schemas of a wished size: the example, grown by area after area as a real product grows.

The same size gives the same bytes. The vendor's base holds three areas of five, the developer's extended the
others; extended also re-opens `Tenant`, `User` and one in four of the models that base's areas have.
"""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path
from typing import NamedTuple

from benchmarks.area import make_area
from benchmarks.models import Model, aligned, column
from benchmarks.names import area_name

_EXAMPLES = Path(__file__).resolve().parent.parent / "prisma"
_BLOCK_START = re.compile(r"^model \w+ \{\n", re.MULTILINE)
_KEYS = re.compile(r"\n(  // =+\n  // INDEXES|  @@)")
_RE_OPENED_EVERY = 4


class Layers(NamedTuple):
    base: str
    extended: str


def make_layers(models: int) -> Layers:
    """Base and extended with `models` models together (at least the example's), 42 lines and 1.6 KB each."""
    base, extended = (_example(name) for name in ("schema.base.prisma", "schema.extended.prisma"))
    wished = models - len(re.findall(r"^model ", base, re.MULTILINE)) - 2
    hosts = {layer: {name: Model(name, "", []) for name in ("Tenant", "User")} for layer in Layers._fields}
    blocks = _grow(wished, hosts)
    blocks["extended"] += _extensions(blocks["base"])
    return Layers(
        _with_areas(base, hosts["base"], blocks["base"]),
        _with_areas(extended, hosts["extended"], blocks["extended"]),
    )


def change_one_block(schema: str, number: int) -> str:
    """The same with one more field in one model; each number gives another field in another model."""
    starts = [found.end() for found in _BLOCK_START.finditer(schema)]
    start = starts[number * 7 % len(starts)]
    field = f'  benchmarkNote{number} String? @map("benchmark_note_{number}") @db.VarChar({number + 1})\n'
    return schema[:start] + field + schema[start:]


def _example(name: str) -> str:
    return (_EXAMPLES / name).read_text(encoding="utf-8")


def _grow(wished: int, hosts: dict[str, dict[str, Model]]) -> dict[str, list[Model]]:
    """Areas until there are as many models as wished, by the layer they stand in."""
    blocks: dict[str, list[Model]] = {layer: [] for layer in Layers._fields}
    previous: dict[str, Model | None] = dict.fromkeys(Layers._fields)
    made = 0
    for number in count():
        layer = "base" if number % 5 < 3 else "extended"
        for block in make_area(number, hosts[layer], previous[layer]):
            blocks[layer].append(block)
            made += block.keyword == "model"
            if made == wished:
                return blocks
            if block.name == f"{area_name(number)}Record":
                previous[layer] = block
    raise AssertionError("areas are without end")


def _extensions(base: list[Model]) -> list[Model]:
    """What a developer adds to the vendor's models: columns that rows which exist can have, and an index."""
    models = [block for block in base if block.keyword == "model"]
    return [
        Model(
            model.name,
            "",
            [
                "// Ours, since the migration from the old system",
                column("legacyNumber", "String?", "@db.VarChar(40)"),
                "/// Last time that the nightly job compared it with the old system",
                column("lastComparedAt", "DateTime?"),
                column("needsAttention", "Boolean", "@default(false)"),
                "",
                "@@index([legacyNumber])",
            ],
        )
        for model in models[::_RE_OPENED_EVERY]
    ]


def _with_areas(example: str, hosts: dict[str, Model], blocks: list[Model]) -> str:
    """The example with the areas behind it, and the relations of its own models to them in their places."""
    for host in hosts.values():
        opposites = "".join(f"  {line}\n" for line in aligned(host.relations))
        example = _after_relations(example, host.name, opposites) if opposites else example
    return "\n".join([example, *(block.text() for block in blocks)])


def _after_relations(schema: str, model: str, rows: str) -> str:
    body = schema.index(f"\nmodel {model} {{\n")
    end = schema.index("\n}\n", body) + 1
    keys = _KEYS.search(schema, body, end)
    place = keys.start() if keys else end
    return f"{schema[:place]}\n{rows}{schema[place:]}"
