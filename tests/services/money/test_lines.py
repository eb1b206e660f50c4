"""Lines and their sum."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaven_schema.services.money import HIGHEST, Line, MoneyError, MoneyProblem, from_minor, subtotal_of


def line(price: Any, quantity: Any = 1) -> Line:
    return Line(description="Ware", price=price, quantity=quantity)


def test_total() -> None:
    assert line(Decimal("19.99"), 3).total("BRL") == Decimal("59.97")
    assert line(Decimal(0)).total("BRL") == 0
    assert subtotal_of([], "BRL") == 0


@pytest.mark.parametrize(
    ("one", "problem"),
    [
        (line(Decimal("1.005")), MoneyProblem.TOO_FINE),
        (line(Decimal(-1)), MoneyProblem.NEGATIVE),
        (line(0.1), MoneyProblem.KIND),
        (line(Decimal(1), 0), MoneyProblem.QUANTITY),
        (line(Decimal(1), -1), MoneyProblem.QUANTITY),
        (line(Decimal(1), 1.5), MoneyProblem.QUANTITY),
        (line(Decimal(1), True), MoneyProblem.QUANTITY),
        (line(Decimal(0), 2**31), MoneyProblem.QUANTITY),
        (line(HIGHEST, 2), MoneyProblem.TOO_LARGE),
    ],
)
def test_refused(one: Line, problem: MoneyProblem) -> None:
    with pytest.raises(MoneyError) as error:
        subtotal_of([one], "BRL")
    assert error.value.problem is problem


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 100)), max_size=20))
def test_the_sum_is_that_of_the_cents(lines: list[tuple[int, int]]) -> None:
    """Nothing is lost on the way, for nothing is rounded."""
    cents = sum(price * quantity for price, quantity in lines)
    made = [line(from_minor(price, "BRL"), quantity) for price, quantity in lines]
    if cents > 9_999_999_999:
        with pytest.raises(MoneyError):
            subtotal_of(made, "BRL")
    else:
        assert subtotal_of(made, "BRL") == from_minor(cents, "BRL")
