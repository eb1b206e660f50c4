"""Several relations between the same two models under one name, or under none."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Severity
from kaven_schema.rules.places import name_place_label
from kaven_schema.rules.relations import RelationField, by_relation, is_ambiguous, relation_fields
from kaven_schema.rules.rule import Finding, Rule, SchemaContext


def check(context: SchemaContext) -> Iterator[Finding]:
    for group in by_relation(relation_fields(context.catalog)).values():
        if len(group) > 1 and is_ambiguous(group):
            yield _finding(group)


def _finding(group: list[RelationField]) -> Finding:
    ordered = sorted(group, key=lambda found: not found.is_extended)
    fields = " and ".join(f"`{found.field.name}`" for found in group)
    first = group[0]
    name = f'the name "{first.relation_name}"' if first.relation_name else "no name"
    example = f'@relation("{first.entry.name}{_capital(ordered[0].field.name)}")'
    if first.is_self_relation and not first.relation_name:
        help_line = f"write the same name in the two fields of one relation, such as `{example}`"
    else:
        help_line = f"give each relation a name, here and in its opposite, such as `{example}`"
    return Finding(
        message=f"{fields} of `{first.entry.name}` all point at `{first.field.type}` under {name}",
        labels=tuple(
            name_place_label(found.entry, found.field.name, found.field.place, f"under {name}")
            for found in ordered
        ),
        help=help_line,
    )


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


RULE = Rule(
    slug="relation_unambiguous",
    severity=Severity.ERROR,
    summary="of several relations between the same models each has a name",
    check_schema=check,
)
