"""How often one may guess, without the application around it."""

from __future__ import annotations

import pytest

from examples.shop import attempts
from examples.shop.attempts import Attempts, TooManyAttemptsError


def test_a_key_has_as_many_as_there_are() -> None:
    taken = Attempts(most=2, seconds=60)
    taken.take("a")
    taken.take("a")
    taken.take("b")
    with pytest.raises(TooManyAttemptsError) as refused:
        taken.take("a")
    assert 0 < refused.value.retry_after <= 61


def test_success_forgets() -> None:
    taken = Attempts(most=1)
    for _ in range(3):
        taken.take("a")
        taken.forget("a")


def test_time_forgets() -> None:
    taken = Attempts(most=1, seconds=0)
    for _ in range(3):
        taken.take("a")


def test_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys that were used longest ago go first."""
    monkeypatch.setattr(attempts, "_MOST_KEYS", 3)
    taken = Attempts(most=1)
    for key in "abcd":
        taken.take(key)
    taken.take("a")
    with pytest.raises(TooManyAttemptsError):
        taken.take("d")
