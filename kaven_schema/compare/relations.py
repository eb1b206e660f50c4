"""Fields that are relations: they have no column, but the one that holds the key has a constraint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kaven_schema.catalog.catalog import Catalog
from kaven_schema.catalog.facts import FieldFacts, RelationFacts
from kaven_schema.compare.change import Change, Severity
from kaven_schema.compare.columns import ignoring
from kaven_schema.compare.matching import Declared, Matches, Names, match

_SAFE, _CARE, _BREAKING = Severity.SAFE, Severity.CARE, Severity.BREAKING


def match_relations(old: Iterable[Declared], new: Iterable[Declared], names: Names) -> Matches[Declared]:
    unchanged = Names({})
    return match(
        old,
        new,
        lambda field: field.facts.name,
        (lambda field: _identity(field, names), lambda field: _identity(field, unchanged)),
    )


def _identity(field: Declared, names: Names) -> tuple[object, ...]:
    """What stays when the field is renamed."""
    relation = field.facts.relation
    return (
        names.now(field.facts.type),
        field.facts.arity,
        relation.name if relation else "",
        columns_of(relation.fields if relation else (), field.columns),
    )


def columns_of(fields: Iterable[str], columns: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(columns.get(name, name) for name in fields)


def compare_relations(
    matches: Matches[Declared], names: Names, old: Catalog, new: Catalog, new_columns: frozenset[str]
) -> Iterator[Change]:
    """`new_columns` are the fields of the model that are columns the old schema did not have."""
    for removed in matches.removed:
        yield _removed(removed, old)
    for added in matches.added:
        yield _added(added, new, new_columns)
    for before, after in matches.pairs:
        yield from _compare(before, after, names, old, new)


def _keys(facts: FieldFacts) -> tuple[str, ...]:
    return facts.relation.fields if facts.relation else ()


def _is_many_to_many(field: Declared, catalog: Catalog) -> bool:
    """True for lists on both sides: Prisma keeps a table of its own for them."""
    target = catalog.target(field.facts)
    return target is not None and any(
        field.facts.is_list and other.is_list and other.type == field.entry.name
        for other in target.facts.fields
        if _name(other) == _name(field.facts)
    )


def _name(facts: FieldFacts) -> str:
    return facts.relation.name if facts.relation else ""


def _removed(field: Declared, catalog: Catalog) -> Change:
    if _is_many_to_many(field, catalog):
        severity, message = _BREAKING, "the table of pairs goes"
    elif _keys(field.facts):
        severity, message = _CARE, "the foreign key goes, its columns stay unless they are removed too"
    else:
        severity, message = _CARE, "code can no longer follow it; nothing changes in the database"
    return Change(
        kind="relation_removed", path=field.path, severity=severity, message=message, old=field.label
    )


def _added(field: Declared, catalog: Catalog, new_columns: frozenset[str]) -> Change:
    keys = _keys(field.facts)
    if _is_many_to_many(field, catalog):
        severity, message = _SAFE, "a new table holds the pairs"
    elif keys and not new_columns.issuperset(keys):
        severity, message = _CARE, "a new foreign key: rows that point nowhere are refused"
    else:
        severity, message = _SAFE, "over new columns" if keys else "the other side of a relation"
    return Change(kind="relation_added", path=field.path, severity=severity, message=message, new=field.label)


def _compare(old: Declared, new: Declared, names: Names, before: Catalog, after: Catalog) -> Iterator[Change]:
    for what, severity, message in _differences(old, new, names, before, after):
        yield Change(
            kind=f"relation_{what}",
            path=new.path,
            severity=severity,
            message=message,
            old=old.label,
            new=new.label,
        )


_Difference = tuple[str, Severity, str]


def _differences(
    old: Declared, new: Declared, names: Names, before: Catalog, after: Catalog
) -> Iterator[_Difference]:
    if old.facts.name != new.facts.name:
        yield "renamed", _CARE, f"was `{old.facts.name}`; nothing changes in the database, code does"
    if names.now(old.facts.type) != new.facts.type:
        yield "target_changed", _BREAKING, f"`{old.facts.type}` becomes `{new.facts.type}`"
    if old.facts.arity != new.facts.arity:
        is_stricter = not new.facts.arity
        message = "is required now" if is_stricter else f"was `{old.facts.arity}`, is `{new.facts.arity}`"
        yield "arity_changed", _BREAKING if is_stricter else _CARE, message
    if old.facts.is_ignored != new.facts.is_ignored:
        yield "ignored_changed", *ignoring(new.facts.is_ignored)
    yield from _constraint(old, new, before, after)
    if _name(old.facts) != _name(new.facts):
        is_table = _is_many_to_many(new, after)
        message = "the table of pairs gets another name" if is_table else "a name within the schema only"
        yield "name_changed", _BREAKING if is_table else _SAFE, message


def _constraint(old: Declared, new: Declared, before: Catalog, after: Catalog) -> Iterator[_Difference]:
    was, now = old.facts.relation, new.facts.relation
    if _key(old, before) != _key(new, after):
        yield "fields_changed", _BREAKING, "the foreign key has other columns"
    if not (was and now and was.fields and now.fields):
        return
    is_same_arity = old.facts.arity == new.facts.arity
    for what, action in (("on_delete", "onDelete"), ("on_update", "onUpdate")):
        first, second = _action(was, what, old.facts.arity), _action(now, what, new.facts.arity)
        is_written = bool(getattr(was, what) or getattr(now, what))
        if first != second and (is_same_arity or is_written):
            yield f"{what}_changed", _CARE, f"`{action}: {first}` becomes `{action}: {second}`"
    if was.constraint != now.constraint:
        yield "constraint_changed", _SAFE, f"the constraint is named `{now.constraint or 'as Prisma does'}`"


def _key(field: Declared, catalog: Catalog) -> tuple[tuple[str, str], ...]:
    """Pairs of columns, here and there: their order says nothing."""
    relation = field.facts.relation
    target = catalog.target(field.facts)
    if relation is None or target is None:
        return ()
    there = {other.name: other.column for other in target.facts.fields}
    pairs = zip(
        columns_of(relation.fields, field.columns), columns_of(relation.references, there), strict=False
    )
    return tuple(sorted(pairs))


def _action(relation: RelationFacts, what: str, arity: str) -> str:
    """What is written, or what Prisma does where nothing is."""
    if what == "on_update":
        return relation.on_update or "Cascade"
    return relation.on_delete or ("SetNull" if arity else "Restrict")
