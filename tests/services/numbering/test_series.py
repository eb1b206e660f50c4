"""Series, and the numbers in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from kaven_schema.services.numbering import (
    INVOICES,
    ORDERS,
    Number,
    NumberingMissingError,
    check_numbered,
    parse_number,
    series_of,
)


def test_series() -> None:
    assert series_of(INVOICES, date(2025, 12, 31)) == "INV-2025"
    assert series_of(ORDERS, date(987, 1, 1)) == "ORD-0987"


def test_the_year_is_that_of_the_zone() -> None:
    midnight = datetime(2026, 1, 1, 1, tzinfo=UTC)
    sao_paulo = timezone(timedelta(hours=-3))
    assert series_of(INVOICES, midnight) == "INV-2026"
    assert series_of(INVOICES, midnight.astimezone(sao_paulo)) == "INV-2025"


@pytest.mark.parametrize("prefix", ["", "inv", "1NV", "INV-", "ÄNV", "INV\n"])
def test_prefixes_that_are_none(prefix: str) -> None:
    with pytest.raises(ValueError, match="is no prefix"):
        series_of(prefix, date(2025, 1, 1))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("INV-2025-001", Number("INV", 2025, 1)),
        ("ORD-2025-999", Number("ORD", 2025, 999)),
        ("ORD-2025-1000", Number("ORD", 2025, 1000)),
    ],
)
def test_parsed_and_printed(text: str, number: Number) -> None:
    assert parse_number(text) == number
    assert str(number) == text


@pytest.mark.parametrize("text", ["", "INV-2025", "INV-2025-", "INV-2025-1a", "INV-25-001", "INV-2025-١"])
def test_no_number(text: str) -> None:
    assert parse_number(text) is None


def test_a_thousand_comes_after_999() -> None:
    assert Number("INV", 2025, 1000) > Number("INV", 2025, 999)


def test_a_series_is_no_number() -> None:
    check_numbered("INV-2025", "INV-2025-001")
    with pytest.raises(NumberingMissingError, match="kaven services rules --write"):
        check_numbered("INV-2025", "INV-2025")
