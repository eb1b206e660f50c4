"""Numbers without gaps: one sequence for each kind and year, over all tenants.

PostgreSQL gives them, when a row is inserted whose number is a series alone (`numbering.sql`): so a number is taken in
the row's own transaction, whichever client inserts it, and by a role that may neither see other tenants' rows nor move
a series by hand.
"""

from kaven_schema.services.numbering.series import (
    INVOICES,
    ORDERS,
    Number,
    NumberingMissingError,
    check_numbered,
    parse_number,
    series_of,
)

__all__ = [
    "INVOICES",
    "ORDERS",
    "Number",
    "NumberingMissingError",
    "check_numbered",
    "parse_number",
    "series_of",
]
