from __future__ import annotations

import pytest
from hypothesis import strategies as st

from kaven_schema.syntax.literals import string_literal, string_value
from tests.laws.law import law


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ('""', ""),
        ('"a } // b"', "a } // b"),
        (r'"\"\\\/\b\f\n\r\t"', '"\\/\b\f\n\r\t'),
        (r'"\u00e9 \ud83c\udf89"', "é 🎉"),
        ('"名前"', "名前"),
        (r'"C:\data"', r"C:\data"),
    ],
)
def test_value(raw, value):
    assert string_value(raw) == value


@law(st.text())
def test_there_and_back(value):
    assert string_value(string_literal(value)) == value
