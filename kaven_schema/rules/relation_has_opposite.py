"""A relation that only one of its two models has."""

from __future__ import annotations

from collections.abc import Iterator

from kaven_schema.diagnostics import Fix, Label, Severity
from kaven_schema.rules.opposites import Proposal, fixes, in_words, propose
from kaven_schema.rules.places import block_label, name_place_label
from kaven_schema.rules.relations import RelationField, by_relation, is_ambiguous, opposites, relation_fields
from kaven_schema.rules.rule import Finding, Rule, SchemaContext
from kaven_schema.syntax.literals import string_literal

_FEW = 2  # of many fields that point back one is shown


def check(context: SchemaContext) -> Iterator[Finding]:
    groups = by_relation(relation_fields(context.catalog))
    missing = [
        group[0] for group in groups.values() if not opposites(group[0], groups) and not is_ambiguous(group)
    ]
    if not missing:
        return
    strays = _strays(missing)
    alone = [found for found in missing if not strays[found.shown]]
    proposals = {proposal.missing.shown: proposal for proposal in propose(alone, context.catalog)}
    mends = fixes(tuple(proposals.values()), context.catalog)
    for found in missing:
        name = found.shown
        yield _finding(found, strays[name], proposals.get(name), mends.get(name))


def _strays(missing: list[RelationField]) -> dict[str, list[RelationField]]:
    """For each its fields on the target that point back, but under another relation name.

    Two fields that both hold a key are two relations.
    """
    between: dict[tuple[str, str, bool], list[RelationField]] = {}
    for found in missing:
        between.setdefault((found.entry.name, found.target.name, bool(found.key_fields)), []).append(found)
    strays = {}
    for found in missing:
        back = (found.target.name, found.entry.name)
        candidates = between.get((*back, False), [])[:_FEW]
        if not found.key_fields:
            candidates = [*candidates, *between.get((*back, True), [])[:_FEW]]
        strays[found.shown] = [other for other in candidates if other is not found]
    return strays


def _finding(
    found: RelationField, strays: list[RelationField], proposal: Proposal | None, fix: Fix | None
) -> Finding:
    return Finding(
        message=f"`{found.shown}` has no opposite on `{found.target.name}`",
        labels=_labels(found, strays),
        help=_help_for_strays(found, strays) if strays else _help(found, proposal),
        fix=fix,
    )


def _labels(found: RelationField, strays: list[RelationField]) -> tuple[Label, ...]:
    own = name_place_label(found.entry, found.field.name, found.field.place, "has no opposite")
    if strays:
        stray = strays[0].field
        return own, name_place_label(found.target, stray.name, stray.place, "under another relation name")
    target = block_label(found.target, "lacks it")
    is_developers = bool(found.target.merged.extensions) or not found.target.is_vendors
    return (target, own) if is_developers and not found.is_extended else (own, target)


def _help_for_strays(found: RelationField, strays: list[RelationField]) -> str:
    name = string_literal(found.relation_name or strays[0].relation_name)
    return f"write @relation({name}) in `{found.shown}` and in `{strays[0].shown}`, if they belong together"


def _help(found: RelationField, proposal: Proposal | None) -> str:
    return f"add `{proposal.line}` to `{found.target.name}`" if proposal else in_words(found)


RULE = Rule(
    slug="relation_has_opposite",
    severity=Severity.ERROR,
    summary="a relation has a field on both of its models",
    check_schema=check,
)
