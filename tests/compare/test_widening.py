"""As measured on PostgreSQL 16: does the table keep its file, is it rewritten, does every value fit?"""

from __future__ import annotations

import pytest

from kaven_schema.compare import Severity
from kaven_schema.compare.widening import conversion, native_type

SAFE, CARE, BREAKING = Severity.SAFE, Severity.CARE, Severity.BREAKING


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("@db.VarChar(20)", "@db.VarChar(20)", SAFE),
        ("@db.VarChar(20)", "@pg.VarChar(21)", SAFE),
        ("@db.VarChar(20)", "@db.VarChar(19)", BREAKING),
        ("@db.VarChar(20)", "@db.VarChar", SAFE),
        ("@db.VarChar", "@db.Text", SAFE),
        ("@db.Text", "@db.VarChar", SAFE),
        ("@db.Text", "@db.VarChar(20)", BREAKING),
        ("@db.Xml", "@db.Text", SAFE),
        ("@db.Char(5)", "@db.VarChar(5)", CARE),
        ("@db.Char(5)", "@db.VarChar(4)", BREAKING),
        ("@db.Char(5)", "@db.Char(6)", CARE),
        ("@db.Char", "@db.Char(2)", CARE),
        ("@db.Decimal(10, 2)", "@db.Decimal(12, 2)", SAFE),
        ("@db.Decimal(10,2)", "@db.Decimal(9, 2)", BREAKING),
        ("@db.Decimal(10, 2)", "@db.Decimal(12, 4)", CARE),
        ("@db.Decimal(10, 2)", "@db.Decimal(11, 4)", BREAKING),
        ("@db.Decimal(10, 2)", "@db.Decimal(10, 1)", BREAKING),
        ("@db.Decimal", "@db.Decimal(65, 30)", SAFE),
        ("@db.Decimal(10)", "@db.Decimal(12)", SAFE),
        ("@db.SmallInt", "@db.Integer", CARE),
        ("@db.Integer", "@db.BigInt", CARE),
        ("@db.BigInt", "@db.Integer", BREAKING),
        ("@db.Integer", "@db.Decimal(10, 0)", CARE),
        ("@db.Integer", "@db.Decimal(10, 1)", BREAKING),
        ("@db.BigInt", "@db.Decimal(19, 0)", CARE),
        ("@db.Integer", "@db.DoublePrecision", CARE),
        ("@db.BigInt", "@db.DoublePrecision", BREAKING),
        ("@db.Integer", "@db.Real", BREAKING),
        ("@db.DoublePrecision", "@db.Decimal(65, 30)", BREAKING),
        ("@db.Timestamp(3)", "@db.Timestamp(6)", SAFE),
        ("@db.Timestamp(3)", "@db.Timestamp", SAFE),
        ("@db.Timestamp", "@db.Timestamp(3)", BREAKING),
        ("@db.Timestamp(3)", "@db.Timestamptz(3)", CARE),
        ("@db.Timestamp(6)", "@db.Timestamptz(3)", BREAKING),
        ("@db.Date", "@db.Timestamp(0)", CARE),
        ("@db.Timestamp(0)", "@db.Date", BREAKING),
        ("@db.Time(3)", "@db.Time(6)", SAFE),
        ("@db.VarBit(8)", "@db.VarBit(16)", SAFE),
        ("@db.Bit(8)", "@db.Bit(16)", BREAKING),
        ("@db.Json", "@db.JsonB", CARE),
        ("@db.Uuid", "@db.Text", CARE),
        ("@db.Text", "@db.Uuid", BREAKING),
        ("@db.Boolean", "@db.Text", BREAKING),
        ("@db.Money", "@db.Decimal(10, 2)", BREAKING),
    ],
)
def test_conversion(old: str, new: str, expected: Severity) -> None:
    assert conversion(native_type("", old), native_type("", new)) is expected


@pytest.mark.parametrize(
    ("type", "written"),
    [
        ("String", "@db.Text"),
        ("Int", "@db.Integer"),
        ("Decimal", "@db.Decimal(65, 30)"),
        ("DateTime", "@db.Timestamp(3)"),
        ("Json", "@db.JsonB"),
    ],
)
def test_what_is_not_written(type: str, written: str) -> None:
    assert native_type(type, "") == native_type(type, written)


def test_what_cannot_be_read() -> None:
    assert native_type("String", "@db.What-ever(").name == "@db.What-ever("
