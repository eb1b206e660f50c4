"""Two values of an enum that the database would know by one name."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.catalog.facts import Place
from kaven_schema.diagnostics import Severity
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.rule import BlockContext, Finding, Rule


def check(context: BlockContext) -> Iterator[Finding]:
    entry = context.entry
    seen: dict[str, tuple[str, Place]] = {}
    for name, stored, place in entry.facts.values:
        first_name, first = seen.setdefault(stored, (name, place))
        if first_name != name and entry.is_extended(place):
            yield Finding(
                message=f"`{name}` and `{first_name}` are both stored as `{stored}`",
                labels=(
                    name_place_label(entry, name, place, "the same stored name"),
                    name_place_label(entry, first_name, first, "stored by this name"),
                ),
                help=f'give `{name}` a stored name of its own, such as @map("{stored}_2")',
            )


RULE = Rule(
    slug="value_stored_once",
    severity=Severity.ERROR,
    summary="each value of an enum has a stored name of its own",
    check_block=check,
)
