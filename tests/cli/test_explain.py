"""kaven explain: the list of rules, and the page of each."""

from __future__ import annotations

import json

from kaven_schema.rules.registry import RULES


def test_the_list_has_every_rule_with_its_severity(folder) -> None:
    run = folder.run("explain")
    assert (run.code, run.err) == (0, "")
    listed = [line.split(maxsplit=2) for line in run.out.splitlines()]
    assert [tuple(line) for line in listed] == [
        (rule.slug, rule.severity.value, rule.summary) for rule in RULES
    ]


def test_the_list_as_json(folder) -> None:
    listed = json.loads(folder.run("explain", "--json").out)
    assert [(rule["rule"], rule["severity"]) for rule in listed] == [
        (rule.slug, rule.severity.value) for rule in RULES
    ]


def test_the_page_of_a_rule(folder, checkout) -> None:
    run = folder.run("explain", "base_field_same_type")
    assert (run.code, run.err) == (0, "")
    assert run.out == (checkout / "docs" / "rules" / "base_field_same_type.md").read_text(encoding="utf-8")


def test_an_error_that_is_no_rule(folder) -> None:
    run = folder.run("explain", "database_url_empty")
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith("database_url_empty: `DATABASE_URL` is set, and empty")
    assert folder.run("explain", "row_security_incomplete").out.startswith(
        "row_security_incomplete: `kaven rls`"
    )


def test_another_name_is_no_slip(folder) -> None:
    run = folder.run("explain", "index_unloved")
    assert run.code == 2
    assert "did you mean" not in run.err
    assert "docs/errors.md" in run.err


def test_a_mistyped_rule_gets_a_suggestion(folder) -> None:
    run = folder.run("explain", "base_field_same_typ")
    assert (run.code, run.out) == (2, "")
    assert "did you mean `base_field_same_type`?" in run.err
