"""The worst colour wins."""

from __future__ import annotations

from kaven_schema.operations.health.examining import CHECKS
from kaven_schema.operations.health.finding import Colour, Finding, worst

GREEN, YELLOW, RED = (Finding("any", colour, "text") for colour in Colour)


def test_worst() -> None:
    assert worst([]) is Colour.GREEN
    assert worst([GREEN, GREEN]) is Colour.GREEN
    assert worst([GREEN, YELLOW]) is Colour.YELLOW
    assert worst([YELLOW, RED, GREEN]) is Colour.RED


def test_as_json() -> None:
    assert Finding("tls", Colour.RED, "what", "do").as_json() == {
        "check": "tls",
        "colour": "red",
        "what": "what",
        "do": "do",
    }


def test_checks_have_names_of_their_own() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
