"""Severities, and names that are no rule's."""

from __future__ import annotations

from kaven_schema.diagnostics import Severity
from kaven_schema.rules.registry import RULES
from kaven_schema.rules.rule import RuleSettings
from kaven_schema.rules.runner import check_block, check_schema, named_kinds, unknown_rules
from kaven_schema.syntax.ast import BlockKind
from tests.rules.compiling import compile_texts

PROJECT = compile_texts(
    {
        "base.prisma": "model User {\n  id String @id\n}\n\nenum Role {\n  USER\n}\n",
        "extended.prisma": "model User {\n  id   String @id\n  role Rol?\n  size Role?\n}\n",
    }
)
SETTINGS = RuleSettings()


def found_in_block(severities: dict[str, Severity]) -> dict[str, Severity]:
    entry = PROJECT.catalog.by_name["User"]
    kinds = named_kinds(entry.facts, PROJECT.catalog)
    return {found.rule: found.severity for found in check_block(entry, kinds, SETTINGS, severities)}


def found_in_schema(severities: dict[str, Severity]) -> dict[str, Severity]:
    return {found.rule: found.severity for found in check_schema(PROJECT.catalog, SETTINGS, severities)}


def test_a_rule_has_its_own_severity():
    assert found_in_block({})["base_field_not_redeclared"] is Severity.ERROR
    assert found_in_schema({})["type_known"] is Severity.ERROR


def test_settings_change_a_severity():
    severities = {"base_field_not_redeclared": Severity.WARNING, "type_known": Severity.WARNING}
    assert found_in_block(severities)["base_field_not_redeclared"] is Severity.WARNING
    assert found_in_schema(severities)["type_known"] is Severity.WARNING


def test_a_rule_that_is_off_finds_nothing():
    severities = {rule.slug: Severity.OFF for rule in RULES}
    assert found_in_block(severities) == {}
    assert found_in_schema(severities) == {}


def test_kinds_of_the_names_that_a_block_uses():
    entry = PROJECT.catalog.by_name["User"]
    assert named_kinds(entry.facts, PROJECT.catalog) == {"Role": BlockKind.ENUM}


def test_unknown_rules():
    slugs = ["type_known", "type_know", "quite_another"]
    assert unknown_rules(slugs) == {"type_know": "type_known", "quite_another": ""}
