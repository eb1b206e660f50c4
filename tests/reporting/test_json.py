from __future__ import annotations

import json

import pytest

from kaven_schema.reporting import render
from tests.reporting.cases import CASES

LOCATION = {"path", "line", "column", "endLine", "endColumn", "offset", "endOffset"}


@pytest.mark.parametrize("case", CASES)
def test_the_shape_holds(case: str):
    given = CASES[case]()
    report = json.loads(render("json", given))
    assert set(report) == {"version", "diagnostics", "summary"}
    assert report["version"] == 1
    assert set(report["summary"]) == {"errors", "warnings"}
    assert sum(report["summary"].values()) == len(report["diagnostics"])
    for found in report["diagnostics"]:
        assert set(found) == {"rule", "severity", "message", "help", "location", "related", "fix"}
        for location in filter(None, (found["location"], *found["related"])):
            assert set(location) == LOCATION | {"text"}
        for edit in found["fix"]["edits"] if found["fix"] else ():
            assert set(edit) == LOCATION | {"replacement"}


def test_offsets_are_those_of_the_text():
    [given] = CASES["two_places"]()
    [found] = json.loads(render("json", [given]))["diagnostics"]
    for label, location in zip(given.labels, (found["location"], *found["related"]), strict=True):
        assert label.source.text[location["offset"] : location["endOffset"]] == "email"
    [edit] = found["fix"]["edits"]
    assert given.labels[0].source.text[edit["offset"] : edit["endOffset"]] == "  email  String @unique\n"
