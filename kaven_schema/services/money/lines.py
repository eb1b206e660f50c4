"""The lines of an invoice or an order: quantity times price, exactly, and their sum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from kaven_schema.services.money.amounts import MoneyError, MoneyProblem, exact

_HIGHEST_QUANTITY = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`price` is that of one; `product_id` is kept in orders alone."""

    description: str
    price: Decimal
    quantity: int = 1
    product_id: str | None = None

    def total(self, currency: str) -> Decimal:
        """Exact, for a price has no more digits than its currency. Raises MoneyError."""
        price = not_negative(self.price, currency)
        if isinstance(self.quantity, bool) or not isinstance(self.quantity, int):
            raise MoneyError(MoneyProblem.QUANTITY, f"{self.quantity!r} is no whole number")
        if not 0 < self.quantity <= _HIGHEST_QUANTITY:
            raise MoneyError(
                MoneyProblem.QUANTITY, f"the quantity {self.quantity} is not between 1 and 2^31 - 1"
            )
        return exact(self.quantity * price, currency)


def subtotal_of(lines: Iterable[Line], currency: str) -> Decimal:
    """The sum of the lines' totals. Raises MoneyError."""
    return exact(sum((line.total(currency) for line in lines), Decimal(0)), currency)


def not_negative(amount: Decimal | int, currency: str) -> Decimal:
    """`exact`, and MoneyError for less than nothing."""
    found = exact(amount, currency)
    if found < 0:
        raise MoneyError(MoneyProblem.NEGATIVE, f"{amount} {currency} is less than nothing")
    return found
