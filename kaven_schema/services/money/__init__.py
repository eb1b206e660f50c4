"""Money in Decimal: ISO 4217 currencies with their minor units, one explicit rounding, totals that add up."""

from kaven_schema.services.money.amounts import (
    HIGHEST,
    MoneyError,
    MoneyProblem,
    allocate,
    exact,
    from_minor,
    percentage,
    rounded,
    to_minor,
)
from kaven_schema.services.money.currencies import CURRENCIES, minor_units
from kaven_schema.services.money.lines import Line, subtotal_of

__all__ = [
    "CURRENCIES",
    "HIGHEST",
    "Line",
    "MoneyError",
    "MoneyProblem",
    "allocate",
    "exact",
    "from_minor",
    "minor_units",
    "percentage",
    "rounded",
    "subtotal_of",
    "to_minor",
]
