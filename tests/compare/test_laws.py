"""Laws of the comparison, over random schemas that Prisma accepts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import strategies as st

from kaven_schema.compare import Change, compare
from kaven_schema.source import Source
from kaven_schema.syntax.document import Document, read_document
from tests.laws import complete
from tests.laws.complete import Layout, Unit
from tests.laws.law import law


def document(units: Sequence[Unit], layout: Layout) -> Document:
    return read_document(Source("schema.prisma", layout.text(units)))


def in_another_order(units: Sequence[Unit], chance: Random) -> list[Unit]:
    """Blocks and fields; block attributes stay last, for a comment above one may document a field below it."""
    mixed = []
    for unit in units:
        fields = [line for line in unit.lines if line.name]
        chance.shuffle(fields)
        mixed.append(replace(unit, lines=(*fields, *(line for line in unit.lines if not line.name))))
    chance.shuffle(mixed)
    return mixed


@law(complete.units(), complete.layouts(), complete.layouts(), st.integers(0, 999))
def test_order_and_layout_make_no_difference(units, one: Layout, other: Layout, seed: int) -> None:
    old, new = document(units, one), document(in_another_order(units, Random(seed)), other)
    assert compare(old, new) == ()


@law(complete.units(), complete.units())
def test_what_is_added_one_way_is_removed_the_other(old_units, new_units) -> None:
    old, new = document(old_units, Layout()), document(new_units, Layout())
    there, back = compare(old, new), compare(new, old)
    assert _of(there, "_added") == _of(back, "_removed")
    assert _of(there, "_removed") == _of(back, "_added")
    assert len(there) == len(back)


def _of(changes: tuple[Change, ...], ending: str) -> Counter[tuple[str, str]]:
    return Counter(
        (change.kind.removesuffix(ending), change.path) for change in changes if change.kind.endswith(ending)
    )


@law(complete.units(), complete.layouts())
def test_every_block_is_seen(units, layout: Layout) -> None:
    """Leave out any one block, and it is missed, whatever else its absence brings."""
    old = document(units, layout)
    for number, unit in enumerate(units):
        new = document([*units[:number], *units[number + 1 :]], layout)
        path = f"{unit.kind} {unit.name}" if unit.kind in ("datasource", "generator") else unit.name
        assert (f"{unit.kind}_removed", path) in {(change.kind, change.path) for change in compare(old, new)}


@law(complete.units(), complete.layouts())
def test_every_line_is_seen(units, layout: Layout) -> None:
    old = document(units, layout)
    for number, unit in enumerate(units):
        for line in unit.lines:
            kept = replace(unit, lines=tuple(other for other in unit.lines if other is not line))
            new = document([*units[:number], kept, *units[number + 1 :]], layout)
            assert compare(old, new), line.text
