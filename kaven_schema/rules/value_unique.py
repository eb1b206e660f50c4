"""An enum's value that base, or extended, declares twice."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.facts import Place
from kaven_schema.diagnostics import Fix, Severity
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.removing import remove_declaration
from kaven_schema.rules.rule import BlockContext, Finding, Rule


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    seen: dict[tuple[str, bool], tuple[str, Place]] = {}
    for name, stored, place in entry.facts.values:
        is_extended = entry.is_extended(place)
        first_stored, first = seen.setdefault((name, is_extended), (stored, place))
        if first is not place:
            yield Finding(
                message=f"`{name}` is declared twice in `{entry.name}`",
                labels=(
                    name_place_label(entry, name, place, "declared again"),
                    name_place_label(entry, name, first, "first declared"),
                ),
                help=f"remove one `{name}`",
                fix=_fix(context, name, place) if is_extended and stored == first_stored else None,
            )


def _fix(context: BlockContext, name: str, place: Place) -> Fix:
    return Fix(f"remove the second `{name}`", (remove_declaration(context.entry.part(place), place.span),))


RULE = Rule(
    slug="value_unique",
    severity=Severity.ERROR,
    summary="a value of an enum is declared once",
    check_block=check,
)
