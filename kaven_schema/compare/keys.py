"""Ids, unique constraints and indexes: the same ones are over the same columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kaven_schema.catalog.catalog import Entry
from kaven_schema.catalog.facts import IndexFacts
from kaven_schema.compare.change import Change, Severity
from kaven_schema.compare.matching import match
from kaven_schema.diagnostics import Label
from kaven_schema.syntax.ast import Array, Attribute, Constant, Expression, FunctionCall
from kaven_schema.syntax.printer import print_arguments, print_expression

_DIFFERENT_FOR_EACH_ROW = (
    "autoincrement(",
    "dbgenerated(",
    "sequence(",
    "uuid(",
    "cuid(",
    "nanoid(",
    "ulid(",
)
_SAFE, _CARE, _BREAKING = Severity.SAFE, Severity.CARE, Severity.BREAKING


class Key(NamedTuple):
    """`elements` are the columns with what is written behind each, `options` the other arguments."""

    entry: Entry
    facts: IndexFacts
    columns: tuple[str, ...]
    elements: tuple[str, ...]
    options: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        return f"{self.entry.name}.@@{self.facts.kind}([{', '.join(self.facts.fields)}])"

    @property
    def label(self) -> Label:
        return self.entry.label(self.facts.place)


def compare_keys(old: Entry, new: Entry, new_columns: frozenset[str]) -> Iterator[Change]:
    matches = match(
        _keys(old),
        _keys(new),
        lambda key: (key.facts.kind, key.elements, key.options),
        lambda key: (key.facts.kind, key.columns),
        lambda key: "id" if key.facts.kind == "id" else None,
    )
    for removed in matches.removed:
        yield _removed(removed)
    for added in matches.added:
        yield _added(added, new_columns)
    for before, after in matches.pairs:
        if before.columns != after.columns:
            yield _changed(before, after, _BREAKING, f"was over ({', '.join(before.columns)})")
        elif (before.elements, before.options) != (after.elements, after.options):
            yield _changed(before, after, *_difference(before, after))


def _keys(entry: Entry) -> list[Key]:
    columns = {field.name: field.column for field in entry.facts.fields}
    return [_key(entry, facts, columns) for facts in entry.facts.indexes]


def _key(entry: Entry, facts: IndexFacts, columns: dict[str, str]) -> Key:
    attribute = _attribute(entry, facts)
    stored = tuple(columns.get(name, name) for name in facts.fields)
    if facts.where_written == "field":
        return Key(entry, facts, stored, stored, _options(attribute, "fields"))
    written = attribute.argument("fields", "")
    elements = written.elements if isinstance(written, Array) else (written,) if written else ()
    return Key(
        entry=entry,
        facts=facts,
        columns=stored,
        elements=tuple(_element(element, columns) for element in elements),
        options=_options(attribute, "", "fields"),
    )


def _attribute(entry: Entry, facts: IndexFacts) -> Attribute:
    block = entry.part(facts.place).block
    if facts.where_written == "block":
        return next(line.attribute for line in block.attributes if line.span.start == facts.place.start)
    return next(
        attribute
        for field in block.fields
        for attribute in field.attributes
        if field.place_of(attribute).start == facts.place.start
    )


def _element(element: Expression, columns: dict[str, str]) -> str:
    match element:
        case Constant():
            return columns.get(element.name, element.name)
        case FunctionCall():
            # Rows are sorted upwards where nothing else is said.
            arguments = print_arguments(element.arguments).replace("sort: Asc", "").removesuffix("()")
            return columns.get(element.name, element.name) + arguments
        case _:
            return print_expression(element)


def _options(attribute: Attribute, *without: str) -> tuple[tuple[str, str], ...]:
    """What is written out though it is the default says nothing."""
    items = attribute.arguments.items if attribute.arguments else ()
    found = {(item.name, print_expression(item.value)) for item in items if item.value}
    return tuple(sorted(one for one in found if one[0] not in without and one != ("type", "BTree")))


def _changed(old: Key, new: Key, severity: Severity, message: str) -> Change:
    return Change(
        kind=f"{new.facts.kind}_changed",
        path=new.path,
        severity=severity,
        message=message,
        old=old.label,
        new=new.label,
    )


def _difference(old: Key, new: Key) -> tuple[Severity, str]:
    before, after = dict(old.options), dict(new.options)
    differ = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if old.elements != new.elements or differ - {"map", "name"}:
        return _CARE, "is built anew, in another way"
    if "name" in differ:
        return _CARE, "has another name in the client"
    return _SAFE, "has another name in the database"


def _removed(key: Key) -> Change:
    match key.facts.kind:
        case "id":
            kind, severity, message = "id_removed", _BREAKING, "the primary key goes"
        case "unique":
            kind, severity, message = "unique_removed", _CARE, "values may repeat now, and find no single row"
        case other:
            kind, severity, message = f"{other}_removed", _CARE, "queries that used it read the whole table"
    return Change(kind=kind, path=key.path, severity=severity, message=message, old=key.label)


def _tells_rows_apart(name: str, entry: Entry) -> bool:
    """A new column that holds nothing repeats freely; one with a constant, or with `now()`, holds it in every row."""
    field = entry.facts.field(name)
    return field is not None and (not field.default or field.default.startswith(_DIFFERENT_FOR_EACH_ROW))


def _added(key: Key, new_columns: frozenset[str]) -> Change:
    match key.facts.kind:
        case "id":
            kind, severity, message = "id_added", _BREAKING, "a new primary key"
        case "unique":
            kind = "unique_added"
            severity, message = _CARE, "rows that exist may hold the same values"
            if any(_tells_rows_apart(name, key.entry) for name in new_columns.intersection(key.facts.fields)):
                severity, message = _SAFE, "over a new column"
        case other:
            kind, severity = f"{other}_added", _SAFE
            message = "a new index; while it is built the table takes no writes"
    return Change(kind=kind, path=key.path, severity=severity, message=message, new=key.label)
