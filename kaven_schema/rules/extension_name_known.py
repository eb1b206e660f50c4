"""A block of the developer's whose name is a slip away from one of base: a mistyped extension."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.catalog import Catalog, Entry, is_config
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.places import block_label
from kaven_schema.rules.rule import Finding, Rule, SchemaContext
from kaven_schema.rules.suggestions import is_slip, slip_keys

_TELLING_LENGTH = 4


def check(context: SchemaContext) -> Iterator[Finding]:
    own: list[Entry] = []
    base: list[Entry] = []
    for entry in context.catalog.entries:
        if not is_config(entry.kind):
            (base if entry.is_vendors else own).append(entry)
    if not own or not base:
        return
    by_key: dict[str, list[Entry]] = {}
    for entry in base:
        for key in slip_keys(entry.name):
            by_key.setdefault(key, []).append(entry)
    slips = [(entry, near) for entry in own if (near := _near(entry, by_key))]
    referred = _referred_to(context.catalog) if slips else set()
    for entry, near in slips:
        if not _has_an_id(entry) or entry.name not in referred:
            yield _finding(entry, near)


def _near(entry: Entry, by_key: dict[str, list[Entry]]) -> Entry | None:
    for key in slip_keys(entry.name):
        for found in by_key.get(key, ()):
            if found.kind is entry.kind and _is_likely_slip(entry.name, found.name):
                return found
    return None


def _is_likely_slip(name: str, other: str) -> bool:
    """Of short names many are one letter apart on purpose."""
    return max(len(name), len(other)) >= _TELLING_LENGTH and is_slip(name, other)


def _has_an_id(entry: Entry) -> bool:
    """True for a model that stands by itself; an enum's values do not tell."""
    return not entry.facts.fields or any(index.kind == "id" for index in entry.facts.indexes)


def _referred_to(catalog: Catalog) -> set[str]:
    """What other blocks name, as none would name an extension that is none."""
    return {
        field.type for entry in catalog.entries for field in entry.facts.fields if field.type != entry.name
    }


def _finding(entry: Entry, near: Entry) -> Finding:
    return Finding(
        message=f"`{entry.name}` is a new {entry.kind.value}: base has `{near.name}`, and no `{entry.name}`",
        labels=(block_label(entry, "extends nothing"), near.merged.parts[0].name_label("base has this one")),
        help=f"did you mean `{near.name}`? Write `{near.kind.value} {near.name} {{` to extend it",
    )


RULE = Rule(
    slug="extension_name_known",
    severity=Severity.WARNING,
    summary="an extension bears the name of a block of base",
    check_schema=check,
)
