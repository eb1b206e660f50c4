"""A law: what holds for every random input.

By default few inputs, always the same, and what breaks a law is shown as it was found. When long, many and new ones,
and what breaks a law is made as small as it gets, which takes minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

_MANY_TIMES = 15
# Generating a whole schema takes long, and only time would be measured by these.
_AS_FOUND = (Phase.explicit, Phase.generate)
_NO_CHECKS = (
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.large_base_example,
)


def law(
    *inputs: st.SearchStrategy[Any], examples: int = 40
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a test of a function that asserts something of what `inputs` generate."""

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        few_and_many = [examples, pytest.param(examples * _MANY_TIMES, marks=pytest.mark.long)]

        @pytest.mark.parametrize("count", few_and_many)
        def test(count: int) -> None:
            few = count == examples
            rules = settings(
                max_examples=count,
                derandomize=few,
                database=None,
                deadline=None,
                suppress_health_check=_NO_CHECKS,
                print_blob=not few,
                phases=_AS_FOUND if few else tuple(Phase),
            )
            rules(given(*inputs)(check))()

        test.__name__ = check.__name__
        test.__doc__ = check.__doc__
        return test

    return decorate
