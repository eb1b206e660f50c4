from __future__ import annotations

import re

import pytest

from kaven_schema.reporting import render
from tests.reporting.cases import CASES


def test_colours_come_only_when_asked_for():
    assert "\x1b" not in render("text", CASES["two_places"]())
    coloured = render("text", CASES["two_places"](), colour=True)
    assert coloured.startswith("\x1b[1;31merror[field_not_redeclared]\x1b[0m")


@pytest.mark.parametrize("case", CASES)
def test_colours_change_nothing_but_colours(case: str):
    coloured = render("text", CASES[case](), colour=True)
    plain = re.sub(r"\x1b\[[0-9;]+m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == render("text", CASES[case]()).splitlines()
