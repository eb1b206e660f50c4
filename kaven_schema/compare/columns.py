"""Fields that are columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kaven_schema.compare.change import Change, Severity
from kaven_schema.compare.matching import Declared, Matches, Names, match
from kaven_schema.compare.renames import Renames, guess_renames, name_likeness
from kaven_schema.compare.widening import Native, conversion, native_type
from kaven_schema.syntax.printer import print_attribute

_CLIENT_SIDE = ("auto(", "cuid(", "nanoid(", "ulid(", "uuid(")
_COMPARED = ("id", "unique", "default", "updatedAt", "map", "relation", "ignore")
_POSTGRESQL = ("postgresql", "postgres", "cockroachdb", "")
_SAFE, _CARE, _BREAKING = Severity.SAFE, Severity.CARE, Severity.BREAKING

_Changer = Callable[[str, Severity, str], Change]


def match_columns(old: Iterable[Declared], new: Iterable[Declared]) -> Matches[Declared]:
    return match(
        old,
        new,
        lambda field: (field.facts.name, field.facts.column),
        lambda field: field.facts.column,
        lambda field: field.facts.name,
    )


def compare_columns(matches: Matches[Declared], names: Names, provider: str) -> Iterator[Change]:
    renames = guess_renames(
        matches.removed,
        matches.added,
        (lambda field: _shape(field, names), lambda field: _shape(field, Names({}))),
        lambda old, new: _likeness(old, new, names),
    )
    for removed in matches.removed:
        yield _removed(removed, renames)
    for added in matches.added:
        yield _added(added)
    for old, new in matches.pairs:
        yield from _compare(old, new, names, provider)


def _removed(field: Declared, renames: Renames[Declared]) -> Change:
    alike, sure = renames.alike.get(id(field)), renames.sure.get(id(field))
    likely, note = sure or alike, ""
    if likely:
        name = likely.facts.name
        note = f'possibly renamed to `{name}`: `{name} … @map("{field.facts.column}")` would keep the column'
    return Change(
        kind="field_removed",
        path=field.path,
        severity=_BREAKING,
        message=f"the column `{field.facts.column}` goes, with its values",
        old=field.label,
        note=note,
        successor=sure.path if sure else "",
    )


def _likeness(old: Declared, new: Declared, names: Names) -> float:
    """A name that is alike, or the same declaration at the same place among the others."""
    if (names.now(old.facts.type), old.facts.arity) != (new.facts.type, new.facts.arity):
        return 0.0
    likeness = name_likeness(old.facts.name, new.facts.name)
    is_in_place = _neighbour(old) == _neighbour(new) and _shape(old, names) == _shape(new, Names({}))
    return max(likeness, 0.75) if is_in_place else likeness


def _neighbour(field: Declared) -> str:
    fields = field.entry.facts.fields
    place = next(number for number, one in enumerate(fields) if one.place == field.facts.place)
    return fields[place - 1].name if place else ""


def _shape(field: Declared, names: Names) -> tuple[object, ...]:
    attributes = sorted(print_attribute(found) for found in field.node.attributes if found.name != "map")
    return names.now(field.facts.type), field.facts.arity, field.node.type.unsupported, tuple(attributes)


def _added(field: Declared) -> Change:
    default = field.facts.default
    if field.facts.arity:
        severity, message = _SAFE, "rows that exist hold nothing in it"
    elif _is_made_by_database(default):
        severity, message = _SAFE, f"rows that exist get its default, `{default}`"
    else:
        severity, message = _BREAKING, "required, and rows that exist have no value for it"
    return Change(kind="field_added", path=field.path, severity=severity, message=message, new=field.label)


def _is_made_by_database(default: str) -> bool:
    """A bare `dbgenerated()` does not tell how."""
    return default not in ("", "@updatedAt", "dbgenerated()") and not default.startswith(_CLIENT_SIDE)


def _compare(old: Declared, new: Declared, names: Names, provider: str) -> Iterator[Change]:
    def change(what: str, severity: Severity, message: str) -> Change:
        return Change(
            kind=f"field_{what}",
            path=new.path,
            severity=severity,
            message=message,
            old=old.label,
            new=new.label,
        )

    before, after = old.facts, new.facts
    if before.name != after.name:
        yield change(
            "renamed", _CARE, f"was `{before.name}`; the column `{after.column}` stays, code changes"
        )
    if before.column != after.column:
        yield change("column_changed", _BREAKING, f"the column `{before.column}` becomes `{after.column}`")
    if names.now(before.type) != after.type or old.node.type.unsupported != new.node.type.unsupported:
        shown = f"`{before.type}` becomes `{after.type}`"
        yield change("type_changed", _type_severity(old, new, provider), shown)
    elif new.facts.is_scalar and _native(old, provider) != _native(new, provider):
        shown = f"`{_shown(old, provider)}` becomes `{_shown(new, provider)}`"
        yield change("native_type_changed", _type_severity(old, new, provider), shown)
    if before.arity != after.arity:
        yield change("arity_changed", *_arity(before.arity, after.arity))
    if _default(old) != _default(new):
        yield change("default_changed", *_default_change(_default(old), _default(new)))
    yield from _marks(old, new, change)


def _marks(old: Declared, new: Declared, change: _Changer) -> Iterator[Change]:
    is_updated = bool(new.node.attribute("updatedAt"))
    if is_updated != bool(old.node.attribute("updatedAt")):
        message = "the client sets it at every update" if is_updated else "the client no longer sets it"
        yield change("updated_at_changed", _CARE, message)
    if old.facts.is_ignored != new.facts.is_ignored:
        yield change("ignored_changed", *ignoring(new.facts.is_ignored))
    others = [_others(field) for field in (old, new)]
    if others[0] != others[1]:
        before, after = (" ".join(found) or "nothing" for found in others)
        yield change("attribute_changed", _CARE, f"`{before}` becomes `{after}`")


def ignoring(is_ignored: bool) -> tuple[Severity, str]:
    return (_CARE, "the client no longer has it") if is_ignored else (_SAFE, "the client has it now")


def _others(field: Declared) -> list[str]:
    found = [attribute for attribute in field.node.attributes if attribute.name not in _COMPARED]
    return sorted(print_attribute(attribute) for attribute in found if "." not in attribute.name)


def _default(field: Declared) -> str:
    return field.facts.default if field.node.attribute("default") else ""


def _default_change(old: str, new: str) -> tuple[Severity, str]:
    if not old:
        return _SAFE, f"new rows get `{new}`"
    return _CARE, f"`{old}` becomes `{new}`" if new else f"new rows no longer get `{old}`"


def _arity(old: str, new: str) -> tuple[Severity, str]:
    match old, new:
        case "", "?":
            return _CARE, "may hold nothing now: code must expect it"
        case "?", "":
            return _BREAKING, "is required now: rows that hold nothing are refused"
        case _, "[]":
            return _BREAKING, "becomes a list"
        case _:
            return _BREAKING, "was a list"


def _native(field: Declared, provider: str) -> Native:
    """What Prisma chooses where nothing is written is known of PostgreSQL alone; elsewhere it has no name."""
    chosen = "" if provider in _POSTGRESQL else field.facts.type
    return native_type(field.facts.type, field.facts.native or chosen)


def _shown(field: Declared, provider: str) -> str:
    if provider not in _POSTGRESQL:
        return field.facts.native or field.facts.type
    native = _native(field, provider)
    arguments = ", ".join(map(str, native.arguments))
    return f"@db.{native.name}({arguments})" if arguments else f"@db.{native.name}"


def _type_severity(old: Declared, new: Declared, provider: str) -> Severity:
    """Only PostgreSQL was measured: elsewhere a type counts as widened if nothing but its numbers grow."""
    before, after = _native(old, provider), _native(new, provider)
    if "Unsupported" in (before.name, after.name):
        return _BREAKING
    if provider in _POSTGRESQL or before.name == after.name:
        return conversion(before, after)
    return _BREAKING
