from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kaven_schema.diagnostics import Label
from kaven_schema.reporting import render
from kaven_schema.source import Source, Span
from tests.reporting.cases import CASES, error

_VALIDATOR = "@microsoft/sarif-multitool-linux@5.7.0"


def report_of(case: str) -> Any:
    return json.loads(render("sarif", CASES[case](), version="1.2.3"))


def within(node: Any, key: str) -> list[Any]:
    """Everything that stands under a key, however deep."""
    if isinstance(node, list):
        return [found for one in node for found in within(one, key)]
    if not isinstance(node, dict):
        return []
    here = [node[key]] if key in node else []
    return here + [found for value in node.values() for found in within(value, key)]


@pytest.mark.parametrize("case", CASES)
def test_results_name_their_rule_and_level(case: str):
    report = report_of(case)
    [run] = report["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert (report["version"], run["tool"]["driver"]["version"]) == ("2.1.0", "1.2.3")
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning"}
        assert result["message"]["text"]


@pytest.mark.parametrize("case", CASES)
def test_regions_are_counted_from_one_and_uris_relative(case: str):
    report = report_of(case)
    for region in within(report, "region") + within(report, "deletedRegion"):
        start = (region["startLine"], region["startColumn"])
        assert (1, 1) <= start <= (region["endLine"], region["endColumn"])
        assert region["charOffset"] >= 0
        assert region["charLength"] >= 0
    for location in within(report, "artifactLocation"):
        assert location["uriBaseId"] == "%SRCROOT%"
        assert re.fullmatch(r"prisma/[a-z]+\.prisma", location["uri"])


def test_uris_are_escaped_and_those_outside_absolute(tmp_path: Path):
    paths = ["a b/c:d#e?.prisma", "../out side.prisma"]
    found = [error(Label(Source(str(tmp_path / path), "x"), Span(0, 1))) for path in paths]
    locations = within(json.loads(render("sarif", found, root=tmp_path)), "artifactLocation")
    assert sorted(locations, key=len) == [
        {"uri": (tmp_path.parent / "out side.prisma").as_uri()},
        {"uri": "a%20b/c%3Ad%23e%3F.prisma", "uriBaseId": "%SRCROOT%"},
    ]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("two_places", "model User {\n  nickname String?\n}\n"),
        (
            "fix_in_two_places",
            "model User {\n  nickname String?\n}\n\nmodel Other {\n  users User[]\n  id Int @id\n}\n",
        ),
    ],
)
def test_a_fix_can_be_applied_by_offsets_and_by_lines(case: str, expected: str):
    [[change]] = within(report_of(case), "artifactChanges")
    by_offset = by_line = CASES[case]()[0].labels[0].source.text
    for replacement in reversed(change["replacements"]):
        region, new = replacement["deletedRegion"], replacement["insertedContent"]["text"]
        start, end = region["charOffset"], region["charOffset"] + region["charLength"]
        by_offset = by_offset[:start] + new + by_offset[end:]
        starts = [0, *(found.end() for found in re.finditer("\n", by_line))]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        by_line = by_line[:start] + new + by_line[end:]
    assert by_offset == by_line == expected


@pytest.mark.long
def test_reports_satisfy_the_published_schema(tmp_path: Path):
    import jsonschema

    npm = shutil.which("npm")
    assert npm, "the schema comes in an npm package of 43 MB: install npm"
    subprocess.run([npm, "pack", "--silent", _VALIDATOR], cwd=tmp_path, check=True, capture_output=True)
    [archive] = tmp_path.glob("*.tgz")
    shutil.unpack_archive(archive, tmp_path)
    schema = json.loads((tmp_path / "package" / "sarif-2.1.0.json").read_text(encoding="utf-8-sig"))
    for case in CASES:
        jsonschema.validate(report_of(case), schema)
