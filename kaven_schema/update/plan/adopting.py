"""What a release adds, and extended has already: the same moves to base, another form is a conflict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kaven_schema.catalog.reading import text_of
from kaven_schema.diagnostics import Label
from kaven_schema.rules.redeclared import meaning, same_attributes
from kaven_schema.source import Span
from kaven_schema.syntax.ast import Attribute, Block, BlockAttribute, BlockKind, EnumValue, Field, Property
from kaven_schema.syntax.document import BlockText, Document
from kaven_schema.syntax.printer import print_expression

Declaration = Field | EnumValue | Property | BlockAttribute
_KEYS = ("id", "unique", "index", "fulltext")
_CONFIG = (BlockKind.DATASOURCE, BlockKind.GENERATOR)


class Adoption(NamedTuple):
    """A declaration of extended that the new base has just so. `path` is `User.nick` or `User.@@index([nick])`."""

    path: str
    part: BlockText
    declaration: Declaration
    label: Label
    base_label: Label


class Conflict(NamedTuple):
    """What both declare, each in its own way: `labels` are the place in extended and that in the new base.

    `blocks` are those of extended that are no extension of the new one, as wholes.
    """

    path: str
    message: str
    labels: tuple[Label, ...]
    help: str
    blocks: tuple[Label, ...] = ()


class Overlap(NamedTuple):
    adoptions: tuple[Adoption, ...]
    conflicts: tuple[Conflict, ...]


def find_overlap(old: Document, new: Document, extended: Sequence[Document]) -> Overlap:
    """What `new` adds to `old` against what extended declares. None of the documents has syntax errors."""
    before = {block_key(block): block for block in old.blocks}
    own: dict[tuple[str, str], list[BlockText]] = {}
    for document in extended:
        for block in document.blocks:
            own.setdefault(block_key(block), []).append(block)
    found = [
        _in_block(before.get(block_key(block)), block, parts)
        for block in new.blocks
        if (parts := own.get(block_key(block)))
    ]
    return Overlap(
        tuple(adoption for one in found for adoption in one.adoptions),
        tuple(conflict for one in found for conflict in one.conflicts),
    )


def block_key(block: BlockText) -> tuple[str, str]:
    """Models, views, types and enums share one name space."""
    return (block.kind.value if block.kind in _CONFIG else "type", block.name)


def _in_block(old: BlockText | None, new: BlockText, parts: list[BlockText]) -> Overlap:
    wrong = [part for part in parts if part.kind is not new.kind]
    if wrong:
        return Overlap((), (_other_kind(new, wrong),) if old is None else ())
    known = {declared_name(line) for line in declarations(old.block)} if old else set()
    added = [line for line in declarations(new.block) if declared_name(line) not in known]
    mine = {
        declared_name(line): (part, line)
        for part in reversed(parts)
        for line in reversed(declarations(part.block))
    }
    missing = [line for line in added if declared_name(line) not in mine]
    if old is None and missing:
        return Overlap((), (_lacks(new, parts, missing),))
    adoptions, conflicts = [], []
    for line in added:
        if declared_name(line) not in mine:
            continue
        part, again = mine[declared_name(line)]
        path = f"{new.name}.{declared_name(line)}"
        labels = name_label(part, again, "yours"), name_label(new, line, "the release adds it")
        if is_same(line, again):
            adoptions.append(Adoption(path, part, again, *labels))
        else:
            conflicts.append(_differs(path, labels, is_same_column=_share_column(line, again)))
    adoptions += _uniques(old, new, mine) if old else []
    return Overlap(tuple(adoptions), tuple(conflicts))


def _uniques(
    old: BlockText, new: BlockText, mine: dict[str, tuple[BlockText, Declaration]]
) -> list[Adoption]:
    """`@unique` that a field of base gets is the `@@unique([field])` that extended had to write instead."""
    had = {field.name for field in old.block.fields if not field.attribute("unique")}
    adoptions = []
    for field in new.block.fields:
        name = f"@@unique([{field.name}])"
        unique = field.attribute("unique")
        if field.name not in had or unique is None or name not in mine:
            continue
        part, line = mine[name]
        assert isinstance(line, BlockAttribute)
        if _argument(unique, "map") == _argument(line.attribute, "map"):
            labels = name_label(part, line, "yours"), name_label(new, field, "the release adds it")
            adoptions.append(Adoption(f"{new.name}.{name}", part, line, *labels))
    return adoptions


def _argument(attribute: Attribute, argument: str) -> str:
    """The argument as it is printed; empty where there is none."""
    value = attribute.argument(argument)
    return print_expression(value) if value else ""


def declarations(block: Block) -> list[Declaration]:
    return [line for line in block.members if isinstance(line, Declaration)]


def declared_name(line: Declaration) -> str:
    """What two declarations of the same thing share: a name, or a kind and its fields."""
    if not isinstance(line, BlockAttribute):
        return line.name
    written = line.attribute.argument("fields", "")
    if line.attribute.name not in _KEYS or line.attribute.name == "id" or written is None:
        return f"@@{line.attribute.name}"
    return f"@@{line.attribute.name}({print_expression(written)})"


def is_same(left: Declaration, right: Declaration) -> bool:
    """Whether the two mean the same, whatever their blanks and the order of attributes."""
    match left, right:
        case Field(), Field():
            return left.type == right.type and same_attributes(left.attributes, right.attributes)
        case EnumValue(), EnumValue():
            return same_attributes(left.attributes, right.attributes)
        case Property(), Property():
            return left.value == right.value
        case BlockAttribute(), BlockAttribute():
            return _meaning(left.attribute) == _meaning(right.attribute)
        case _:
            return False


def _meaning(attribute: Attribute) -> str:
    """`@@index(fields: [a])` is `@@index([a])`."""
    if attribute.name not in _KEYS or attribute.arguments is None:
        return meaning(attribute)
    items = ((item.name or "fields", item.value) for item in attribute.arguments)
    written = sorted((name, print_expression(value) if value else "") for name, value in items)
    return f"{attribute.name}{written}"


def name_label(part: BlockText, line: Declaration, text: str = "") -> Label:
    if isinstance(line, BlockAttribute):
        return part.label(line.span, text)
    return part.label(Span(line.span.start, line.span.start + len(line.name)), text)


def _wholes(parts: list[BlockText]) -> tuple[Label, ...]:
    return tuple(part.label(Span(0, len(part.text))) for part in parts)


def _other_kind(new: BlockText, parts: list[BlockText]) -> Conflict:
    part = parts[0]
    return Conflict(
        new.name,
        f"the release adds {_a(new.kind)} `{new.name}`, and yours is {_a(part.kind)}",
        (part.label(part.name_span, "yours"), new.label(new.name_span, "the release adds it")),
        f"rename your {part.kind.value} in extended before the update",
        _wholes(parts),
    )


def _a(kind: BlockKind) -> str:
    return f"an {kind.value}" if kind.value[0] in "aeiou" else f"a {kind.value}"


def _lacks(new: BlockText, parts: list[BlockText], missing: list[Declaration]) -> Conflict:
    part = parts[0]
    names = ", ".join(f"`{declared_name(line)}`" for line in missing[:4])
    more = f" and {len(missing) - 4} more" if len(missing) > 4 else ""
    return Conflict(
        new.name,
        f"the release adds {new.kind.value} `{new.name}`, which yours is not: it lacks {names}{more}",
        (
            part.label(part.name_span, "yours"),
            new.label(new.name_span, "the release adds it"),
            name_label(new, missing[0], "yours lacks it"),
        ),
        "rename yours before the update; or give it all that the release's has, with a migration of your own, "
        "and adopt it: kaven update --adopt",
        _wholes(parts),
    )


def _differs(path: str, labels: tuple[Label, Label], *, is_same_column: bool) -> Conflict:
    """Under another name, but with its column, yours would stand in the way of the release's column."""
    ways = (
        f"make yours what the release has: kaven migrate dev; or give it another name and another column: "
        f"kaven migrate expand rename {path} NEW_NAME; then update"
        if is_same_column
        else "rename yours in extended (a field keeps its column by @map), or make it what the release has, with a "
        "migration of your own, before the update"
    )
    return Conflict(path, f"the release adds `{path}`, and extended has another `{path}`", labels, ways)


def _share_column(one: Declaration, other: Declaration) -> bool:
    return isinstance(one, Field) and isinstance(other, Field) and _column(one) == _column(other)


def _column(field: Field) -> str:
    attribute = field.attribute("map")
    return (text_of(attribute.argument("", "name")) if attribute else "") or field.name
