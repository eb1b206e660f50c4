"""Rules at work on a block or on the whole schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kaven_schema.catalog.catalog import Catalog, Entry
from kaven_schema.catalog.facts import BlockFacts
from kaven_schema.diagnostics import Diagnostic, Severity
from kaven_schema.rules.registry import RULES
from kaven_schema.rules.rule import BlockContext, Finding, Rule, RuleSettings, SchemaContext
from kaven_schema.rules.suggestions import nearest
from kaven_schema.syntax.ast import BlockKind

_BLOCK_CHECKS = tuple((rule, rule.check_block) for rule in RULES if rule.check_block)
_SCHEMA_CHECKS = tuple((rule, rule.check_schema) for rule in RULES if rule.check_schema)


def check_block(
    entry: Entry,
    kinds: Mapping[str, BlockKind],
    settings: RuleSettings,
    severities: Mapping[str, Severity],
) -> tuple[Diagnostic, ...]:
    """What the block rules find in one block. `kinds` knows the kinds of the names that it uses.

    `severities` are the project's own, by slug; a rule that is off there is not run.
    """
    context = BlockContext(entry, kinds, settings)
    return tuple(
        _diagnostic(rule, severities, finding)
        for rule, check in _BLOCK_CHECKS
        for finding in check(context)
        if _severity(rule, severities) is not Severity.OFF
    )


def check_schema(
    catalog: Catalog, settings: RuleSettings, severities: Mapping[str, Severity]
) -> tuple[Diagnostic, ...]:
    """What the schema rules find."""
    context = SchemaContext(catalog, settings)
    return tuple(
        _diagnostic(rule, severities, finding)
        for rule, check in _SCHEMA_CHECKS
        if _severity(rule, severities) is not Severity.OFF
        for finding in check(context)
    )


def named_kinds(facts: BlockFacts, catalog: Catalog) -> dict[str, BlockKind]:
    """The kinds of the models, views, types and enums that the fields of a block name."""
    return {
        name: entry.kind
        for name in {field.type for field in facts.fields}
        if (entry := catalog.by_name.get(name))
    }


def unknown_rules(slugs: Iterable[str]) -> dict[str, str]:
    """The slugs that no rule bears, each with the nearest slug of a rule, empty where none is near."""
    known = [rule.slug for rule in RULES]
    return {slug: nearest(slug, known) for slug in slugs if slug not in known}


def _severity(rule: Rule, severities: Mapping[str, Severity]) -> Severity:
    return severities.get(rule.slug, rule.severity)


def _diagnostic(rule: Rule, severities: Mapping[str, Severity], finding: Finding) -> Diagnostic:
    return Diagnostic(
        rule=rule.slug,
        severity=_severity(rule, severities),
        message=finding.message,
        labels=finding.labels,
        help=finding.help,
        fix=finding.fix,
    )
