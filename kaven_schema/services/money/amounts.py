"""Amounts in Decimal. Nothing is rounded in passing: `rounded`, `percentage` and `allocate` are where it is done."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, Inexact

from kaven_schema.services.money.currencies import minor_units
from kaven_schema.services.money.problems import MoneyError, MoneyProblem

__all__ = [
    "HIGHEST",
    "MoneyError",
    "MoneyProblem",
    "allocate",
    "exact",
    "from_minor",
    "percentage",
    "rounded",
    "to_minor",
]

HIGHEST = Decimal("99999999.99")
"""The most that base's columns hold, DECIMAL(10, 2)."""

_STORED_DIGITS = 2
# Whatever the application set for its own reckoning: 10 digits times 10 digits, and rates, fit exactly.
_CONTEXT = Context(prec=60)


def exact(amount: Decimal | int, currency: str) -> Decimal:
    """The amount with the currency's digits. Raises MoneyError where it has more of them, or no column holds it."""
    value = _checked(amount, minor_units(currency))
    digits = min(minor_units(currency), _STORED_DIGITS)
    try:
        found = value.quantize(Decimal(1).scaleb(-digits), context=Context(prec=60, traps=[Inexact]))
    except Inexact:
        kept = f"{currency} has {minor_units(currency)} digits, of which {digits} are stored"
        raise MoneyError(MoneyProblem.TOO_FINE, f"{amount} {currency} would lose digits: {kept}") from None
    if abs(found) > HIGHEST:
        raise MoneyError(MoneyProblem.TOO_LARGE, f"{amount} {currency} is more than {HIGHEST}")
    return found


def rounded(amount: Decimal | int, currency: str, *, rounding: str = ROUND_HALF_UP) -> Decimal:
    """To the currency's minor unit, halves away from zero, unless told otherwise in the words of `decimal`."""
    digits = minor_units(currency)
    value = _checked(amount, digits)
    return exact(value.quantize(Decimal(1).scaleb(-digits), rounding, _CONTEXT), currency)


def percentage(
    amount: Decimal | int, percent: Decimal | int, currency: str, *, rounding: str = ROUND_HALF_UP
) -> Decimal:
    """`percent` per cent of the amount, rounded: the tax of a subtotal, or a discount."""
    value, rate = _checked(amount, 0), _checked(percent, 0)
    return rounded(_CONTEXT.multiply(value, rate).scaleb(-2, _CONTEXT), currency, rounding=rounding)


def allocate(amount: Decimal | int, weights: Sequence[Decimal | int], currency: str) -> tuple[Decimal, ...]:
    """Shares by weight, whose sum is the amount: units left over go to the largest remainders, in their order."""
    total = to_minor(amount, currency)
    parts = [_checked(weight, 0) for weight in weights]
    whole = sum(parts, Decimal(0))
    if whole <= 0 or min(parts) < 0:
        raise MoneyError(MoneyProblem.QUANTITY, "weights are not negative, and not all zero")
    ideal = [_CONTEXT.divide(_CONTEXT.multiply(Decimal(abs(total)), part), whole) for part in parts]
    shares = [int(share.to_integral_value(ROUND_DOWN)) for share in ideal]
    by_remainder = sorted(range(len(parts)), key=lambda place: (shares[place] - ideal[place], place))
    for place in by_remainder[: abs(total) - sum(shares)]:
        shares[place] += 1
    return tuple(from_minor(share if total >= 0 else -share, currency) for share in shares)


def to_minor(amount: Decimal | int, currency: str) -> int:
    """In the currency's smallest unit, as payment services want it: 1.10 BRL is 110."""
    return int(exact(amount, currency).scaleb(minor_units(currency), _CONTEXT))


def from_minor(units: int, currency: str) -> Decimal:
    """110 BRL cents are 1.10."""
    if isinstance(units, bool) or not isinstance(units, int):
        raise MoneyError(MoneyProblem.KIND, f"{units!r} is no whole number of minor units")
    return exact(Decimal(units).scaleb(-minor_units(currency), _CONTEXT), currency)


def _checked(amount: object, digits: int) -> Decimal:
    """No float, whose cents are not what they look like, and no number that is none."""
    if isinstance(amount, bool) or not isinstance(amount, (Decimal, int)):
        raise MoneyError(
            MoneyProblem.KIND, f"{amount!r} is no amount: give a Decimal, such as Decimal('1.10')"
        )
    value = Decimal(amount)
    if not value.is_finite():
        raise MoneyError(MoneyProblem.KIND, f"{amount} is no amount")
    if value.adjusted() > 30 or int(value.as_tuple().exponent) < -30 - digits:
        raise MoneyError(
            MoneyProblem.TOO_LARGE, "an amount has at most 30 digits on either side of its point"
        )
    return value
