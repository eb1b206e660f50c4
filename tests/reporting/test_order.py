from __future__ import annotations

import random

from kaven_schema.reporting import in_order, summary
from tests.reporting.cases import CASES


def test_the_order_given_decides_only_between_equals():
    given = CASES["order"]()
    expected = [found.message for found in in_order(given)]
    for seed in range(20):
        shuffled = sorted(given, key=lambda found: found.message.startswith("second, too"))
        others = [found for found in shuffled if not found.message.startswith("second")]
        random.Random(seed).shuffle(others)
        equals = [found for found in shuffled if found.message.startswith("second")]
        assert [found.message for found in in_order(others + equals)] == expected


def test_summary_counts_and_declines():
    order, one = CASES["order"](), CASES["no_place"]()
    assert summary(in_order(order)) == "6 errors, 1 warning"
    assert summary(one) == "1 error"
    assert summary(CASES["fix_in_two_places"]()) == "1 warning"
    assert summary([]) == "no problems found"
