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
    found: list[Diagnostic] = []
    for rule in RULES:
        severity = severities.get(rule.slug, rule.severity)
        if rule.check_block and severity is not Severity.OFF:
            found += _diagnostics(rule, severity, rule.check_block(context))
    return tuple(found)


def check_schema(
    catalog: Catalog, settings: RuleSettings, severities: Mapping[str, Severity]
) -> tuple[Diagnostic, ...]:
    """What the schema rules find."""
    context = SchemaContext(catalog, settings)
    found: list[Diagnostic] = []
    for rule in RULES:
        severity = severities.get(rule.slug, rule.severity)
        if rule.check_schema and severity is not Severity.OFF:
            found += _diagnostics(rule, severity, rule.check_schema(context))
    return tuple(found)


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


def _diagnostics(rule: Rule, severity: Severity, findings: Iterable[Finding]) -> Iterable[Diagnostic]:
    for finding in findings:
        yield Diagnostic(
            rule=rule.slug,
            severity=severity,
            message=finding.message,
            labels=finding.labels,
            help=finding.help,
            fix=finding.fix,
        )
