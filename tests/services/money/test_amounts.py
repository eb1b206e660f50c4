"""Amounts: exact, rounded where it is asked for, shared out so that the parts add up."""

from __future__ import annotations

import decimal
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaven_schema.services.money import (
    CURRENCIES,
    HIGHEST,
    MoneyError,
    MoneyProblem,
    allocate,
    exact,
    from_minor,
    minor_units,
    percentage,
    rounded,
    to_minor,
)

CENTS = st.integers(-9_999_999_999, 9_999_999_999)


def problem_of(amount: object, currency: str = "BRL") -> MoneyProblem:
    with pytest.raises(MoneyError) as error:
        exact(amount, currency)  # type: ignore[arg-type]
    return error.value.problem


def test_minor_units() -> None:
    assert [minor_units(code) for code in ("BRL", "USD", "JPY", "KWD", "CLF")] == [2, 2, 0, 3, 4]
    assert len(CURRENCIES) > 160
    assert all(len(code) == 3 and code.isupper() for code in CURRENCIES)


@pytest.mark.parametrize("code", ["", "brl", "BR", "BRLL", "XXX", "XTS", "XAU", "R$", "ZZZ"])
def test_no_currency(code: str) -> None:
    assert problem_of(1, code) is MoneyProblem.CURRENCY


def test_exact() -> None:
    assert str(exact(1, "BRL")) == "1.00"
    assert str(exact(Decimal("1.1000"), "BRL")) == "1.10"
    assert str(exact(Decimal("1E+2"), "JPY")) == "100"
    assert exact(HIGHEST, "BRL") == HIGHEST


@pytest.mark.parametrize(
    ("amount", "currency", "problem"),
    [
        (1.1, "BRL", MoneyProblem.KIND),
        ("1.10", "BRL", MoneyProblem.KIND),
        (True, "BRL", MoneyProblem.KIND),
        (Decimal("NaN"), "BRL", MoneyProblem.KIND),
        (Decimal("-Infinity"), "BRL", MoneyProblem.KIND),
        (Decimal("1.101"), "BRL", MoneyProblem.TOO_FINE),
        (Decimal("1.5"), "JPY", MoneyProblem.TOO_FINE),
        (Decimal("1.125"), "KWD", MoneyProblem.TOO_FINE),
        (HIGHEST + Decimal("0.01"), "BRL", MoneyProblem.TOO_LARGE),
        (Decimal("1E+999999"), "BRL", MoneyProblem.TOO_LARGE),
        (Decimal("1E-999999"), "BRL", MoneyProblem.TOO_LARGE),
        (-HIGHEST * 2, "BRL", MoneyProblem.TOO_LARGE),
    ],
)
def test_refused(amount: object, currency: str, problem: MoneyProblem) -> None:
    assert problem_of(amount, currency) is problem


def test_rounding_is_told() -> None:
    amount = Decimal("2.345")
    assert rounded(amount, "BRL") == Decimal("2.35")
    assert rounded(-amount, "BRL") == Decimal("-2.35")
    assert rounded(amount, "BRL", rounding=ROUND_HALF_EVEN) == Decimal("2.34")
    assert rounded(amount, "BRL", rounding=ROUND_DOWN) == Decimal("2.34")
    assert rounded(Decimal("2.5"), "JPY") == 3


def test_percentage() -> None:
    assert percentage(Decimal("99.99"), Decimal("17.5"), "BRL") == Decimal("17.50")
    assert percentage(Decimal("0.05"), 10, "BRL") == Decimal("0.01")
    assert percentage(100, 10, "JPY") == 10


def test_the_applications_own_context_changes_nothing() -> None:
    with decimal.localcontext(decimal.Context(prec=3, rounding=ROUND_DOWN)):
        assert exact(HIGHEST, "BRL") == HIGHEST
        assert rounded(Decimal("12345.675"), "BRL") == Decimal("12345.68")
        assert percentage(HIGHEST, 100, "BRL") == HIGHEST
        assert to_minor(HIGHEST, "BRL") == 9_999_999_999


def test_allocate() -> None:
    assert allocate(100, [1, 1, 1], "BRL") == (Decimal("33.34"), Decimal("33.33"), Decimal("33.33"))
    assert allocate(Decimal("-0.05"), [1, 1], "BRL") == (Decimal("-0.03"), Decimal("-0.02"))
    assert allocate(100, [70, 20, 10], "JPY") == (Decimal(70), Decimal(20), Decimal(10))
    assert allocate(Decimal("0.02"), [0, 3, 1], "BRL") == (Decimal(0), Decimal("0.02"), Decimal(0))


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [3, -1]])
def test_weights_that_are_none(weights: list[int]) -> None:
    with pytest.raises(MoneyError):
        allocate(1, weights, "BRL")


@given(CENTS, st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any))
def test_shares_add_up(cents: int, weights: list[int]) -> None:
    amount = from_minor(cents, "BRL")
    shares = allocate(amount, weights, "BRL")
    assert sum(shares) == amount
    assert len(shares) == len(weights)
    ideal = [amount * weight / sum(weights) for weight in weights]
    assert all(abs(share - one) < Decimal("0.010000001") for share, one in zip(shares, ideal, strict=True))


@given(CENTS)
def test_minor_units_there_and_back(cents: int) -> None:
    assert to_minor(from_minor(cents, "BRL"), "BRL") == cents


def test_minor_units_of_yen() -> None:
    assert to_minor(500, "JPY") == 500
    assert from_minor(500, "JPY") == 500
    assert from_minor(1250, "KWD") == Decimal("1.25")
    assert to_minor(Decimal("1.25"), "KWD") == 1250
    with pytest.raises(MoneyError):
        from_minor(1251, "KWD")
    with pytest.raises(MoneyError):
        from_minor(1.0, "BRL")  # type: ignore[arg-type]
