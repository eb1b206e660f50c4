"""The specification's textual diagram: boxes and arrows for each area, then every relation in a line."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from kaven_schema.docs.diagrams.picture import wide
from kaven_schema.docs.schema import DocumentedSchema, Relation

_BANNER = 71
_WIDEST = 110
_GAP = 3
_Joins = dict[str, tuple[str, str]]


def to_text(schema: DocumentedSchema, models: Collection[str] | None = None) -> str:
    """`models` limits it to these."""
    inside = {model.name for model in schema.models if models is None or model.name in models}
    relations = [r for r in schema.relations if {r.child, r.parent} <= inside]
    lines = _banner(schema.title.upper())
    joins = _joins(schema, relations)
    for area in schema.areas:
        if names := [name for name in area.models if name in inside]:
            lines += ["", f"{area.name.upper()}:", *_area(names, relations, joins)]
    if told := list(_relationships(schema, relations, joins)):
        lines += ["", "RELATIONSHIPS:", *told]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cells(text: str) -> int:
    return sum(2 if wide(character) else 1 for character in text)


def _banner(title: str) -> list[str]:
    inside = max(_BANNER - 2, _cells(title) + 4)
    left = (inside - _cells(title)) // 2
    right = inside - left - _cells(title)
    return [f"┌{'─' * inside}┐", f"│{' ' * left}{title}{' ' * right}│", f"└{'─' * inside}┘"]


class _Block(NamedTuple):
    """Lines of one width, and the column from which a line may come down on them."""

    lines: list[str]
    width: int
    stem: int


def _area(names: list[str], relations: list[Relation], joins: _Joins) -> Iterator[str]:
    """A model that joins two others of the area stands between them; all others hang below one another."""
    inside = {name: pair for name, pair in joins.items() if {name, *pair} <= set(names)}
    joined: set[str] = set()
    for name, (one, other) in inside.items():
        yield from _row((one, name, other))
        joined |= {one, name, other}
    children, roots = _trees([name for name in names if name not in inside], relations)
    for parent in joined & children.keys():
        children[parent] = [child for child in children[parent] if child not in joined]
    roots = [name for name in names if name in roots or (name in joined and name not in inside)]
    roots = [name for name in roots if name not in joined or children[name]]
    for root in roots:
        block = _block(root, children)
        yield from block.lines if block.width <= _WIDEST else _listed(root, children)


def _row(names: tuple[str, ...]) -> list[str]:
    boxes = [_box(name).lines for name in names]
    gaps = ("       ", "◄─────►", "       ")
    return [gap.join(parts) for gap, parts in zip(gaps, zip(*boxes, strict=True), strict=True)]


def _trees(names: list[str], relations: list[Relation]) -> tuple[dict[str, list[str]], list[str]]:
    """Each model stands once, below the first model of its area that it refers to."""
    children: dict[str, list[str]] = {name: [] for name in names}
    above: dict[str, str] = {}
    for relation in relations:
        child, parent = relation.child, relation.parent
        if (
            child in children
            and parent in children
            and child not in above
            and not _is_above(child, parent, above)
        ):
            above[child] = parent
            children[parent].append(child)
    return children, [name for name in names if name not in above]


def _is_above(name: str, other: str, above: dict[str, str]) -> bool:
    """Whether `other` is `name` or stands below it."""
    here: str | None = other
    while here is not None and here != name:
        here = above.get(here)
    return here is not None


def _block(name: str, children: dict[str, list[str]]) -> _Block:
    box = _box(name)
    below = [_block(child, children) for child in children[name]]
    if not below:
        return box
    width = sum(block.width for block in below) + _GAP * (len(below) - 1)
    starts = [0]
    for block in below[:-1]:
        starts.append(starts[-1] + block.width + _GAP)
    stems = [start + block.stem for start, block in zip(starts, below, strict=True)]
    middle = (stems[0] + stems[-1]) // 2
    left = max(0, box.stem - middle)
    total = max(width + left, left + middle - box.stem + box.width)
    above = [_padded(" " * (left + middle - box.stem) + line, total) for line in box.lines]
    joint = _joint([left + stem for stem in stems], left + middle, total)
    return _Block([*above, *joint, *_beside(below, left, total)], total, left + middle)


def _box(name: str) -> _Block:
    inside = _cells(name) + 4
    lines = [f"┌{'─' * inside}┐", f"│  {name}  │", f"└{'─' * inside}┘"]
    return _Block(lines, inside + 2, (inside + 2) // 2)


def _padded(line: str, width: int) -> str:
    return line + " " * (width - _cells(line))


def _joint(stems: list[int], middle: int, width: int) -> list[str]:
    """From one stem above to those below."""
    row = [" "] * width
    for column in range(min(stems[0], middle), max(stems[-1], middle) + 1):
        row[column] = "─"
    for stem in stems:
        row[stem] = "┬"
    row[stems[0]], row[stems[-1]] = "┌", "┐"
    row[middle] = "┼" if middle in stems and len(stems) > 1 else "┴"
    arrows = [" "] * width
    for stem in stems:
        arrows[stem] = "▼"
    if len(stems) == 1:
        row = [" "] * width
        row[middle] = "│"
    return ["".join(row), "".join(arrows)]


def _beside(blocks: list[_Block], left: int, total: int) -> list[str]:
    height = max(len(block.lines) for block in blocks)
    rows = []
    for number in range(height):
        parts = [
            _padded(block.lines[number] if number < len(block.lines) else "", block.width) for block in blocks
        ]
        rows.append(_padded(" " * left + (" " * _GAP).join(parts), total))
    return rows


def _listed(name: str, children: dict[str, list[str]]) -> Iterator[str]:
    """What would be too wide as boxes."""
    yield from _box(name).lines
    yield from _branches(name, children, "  ")


def _branches(name: str, children: dict[str, list[str]], indent: str) -> Iterator[str]:
    for number, child in enumerate(children[name]):
        is_last = number == len(children[name]) - 1
        yield f"{indent}{'└' if is_last else '├'}─► {child}"
        yield from _branches(child, children, indent + ("    " if is_last else "│   "))


# --- the list -------------------------------------------------------------------------------------------------------


def _relationships(schema: DocumentedSchema, relations: list[Relation], joins: _Joins) -> Iterator[str]:
    seen: set[str] = set()
    for name, (one, other) in joins.items():
        yield f"• {one} ←→ {other} (many-to-many via {name})"
    for relation in sorted(relations, key=lambda r: _rank(schema, r)):
        if relation.is_many_to_many:
            line = f"• {relation.parent} ←→ {relation.child} (many-to-many)"
        else:
            line = f"• {relation.parent} → {relation.child} ({relation.kind})"
        if relation.child not in joins and line not in seen:
            seen.add(line)
            yield line


def _rank(schema: DocumentedSchema, relation: Relation) -> tuple[int, int]:
    order = {model.name: number for number, model in enumerate(schema.models)}
    return order[relation.parent], order[relation.child]


def _joins(schema: DocumentedSchema, relations: list[Relation]) -> _Joins:
    """By model, the two that it joins: it has one key, over its two required foreign keys."""
    found = {}
    for model in schema.models:
        keys = [r for r in relations if r.child == model.name and r.fields]
        if len(keys) != 2 or any(key.is_optional for key in keys) or keys[0].parent == keys[1].parent:
            continue
        fields = {name for key in keys for name in key.fields}
        if any(
            index.kind in ("unique", "primary key") and set(index.fields) == fields for index in model.indexes
        ):
            rank = sorted((_rank(schema, key)[0], key.parent) for key in keys)
            found[model.name] = (rank[0][1], rank[1][1])
    return found
