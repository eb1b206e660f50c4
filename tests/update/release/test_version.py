from __future__ import annotations

import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.update.release import Version

# The order of semver.org's own example, and what stands around it.
ORDERED = [
    "0.9.10",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.2.0",
    "1.10.0",
    "2.0.0",
]


def test_the_order_is_that_of_semver():
    versions = [Version.parse(text) for text in ORDERED]
    assert sorted(set(versions)) == versions
    assert [str(version) for version in versions] == ORDERED


def test_a_build_counts_for_nothing():
    assert Version.parse("1.0.0+linux") == Version.parse("v1.0.0")
    assert len({Version.parse("1.0.0+linux"), Version.parse("1.0.0")}) == 1


@pytest.mark.parametrize(
    "text", ["", "1", "1.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0 ", "1.0.٣", "x" * 999]
)
def test_what_is_no_version_is_refused(text: str):
    with pytest.raises(KavenError) as caught:
        Version.parse(text)
    assert caught.value.rule == "version_invalid"
