"""What can be wrong with an amount."""

from __future__ import annotations

from enum import StrEnum


class MoneyProblem(StrEnum):
    CURRENCY = "currency"
    KIND = "kind"
    TOO_FINE = "too_fine"
    TOO_LARGE = "too_large"
    NEGATIVE = "negative"
    QUANTITY = "quantity"


class MoneyError(ValueError):
    """An amount, a quantity or a currency that cannot be stored as it is."""

    def __init__(self, problem: MoneyProblem, message: str) -> None:
        super().__init__(message)
        self.problem = problem
