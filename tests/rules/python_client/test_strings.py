"""What Python reads of documentation between triple quotes is what Python itself says."""

from __future__ import annotations

import ast
import textwrap
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaven_schema.rules.python_client.strings import docstring_fault, field_fault

PIECES = ["\\", '"', "'", "u", "x", "N", "U", "{", "}", "0041", "41", "DIGIT ONE", "0001F600", "0011FFFF"]
TEXTS = st.lists(st.sampled_from([*PIECES, "\n", " ", "a", "n", "8"]), max_size=9).map("".join)


def is_one_text(literal: str) -> bool:
    """Not several side by side, which Python joins without the quotes between them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expression = ast.parse(f"({literal})", mode="eval").body
        except SyntaxError:
            return False
    quotes = literal[:3]
    return isinstance(expression, ast.Constant) and quotes not in literal[3:-3].replace("\\" + quotes[0], "")


def docstring(text: str) -> str:
    """As prisma-client-py's template writes it."""
    first, *rest = text.splitlines() or [""]
    return '"""' + "\n".join([first, *(textwrap.indent(line, "    ") for line in rest), "    "]) + '"""'


@given(TEXTS)
def test_what_is_fine_python_reads(text: str) -> None:
    if docstring_fault(text) is None:
        assert is_one_text(docstring(text))
    if field_fault(text) is None:
        assert is_one_text(docstring(text))
        assert is_one_text(f"'''{text}'''") or text.endswith("''")


@given(TEXTS)
def test_what_python_reads_is_fine(text: str) -> None:
    if is_one_text(docstring(text)):
        assert docstring_fault(text) is None
        if is_one_text(f"'''{text}'''"):
            assert field_fault(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", None),
        ("it's", None),
        ("a 'b'", 4),
        ("a ''b''", None),
        ("a ''' b", 2),
        ('say """', 4),
        (r"\d is a digit", None),
        (r"C:\Users", 2),
        (r"C:\\Users", None),
        (r"\N{BULLET} \N{no such letter}", 11),
        (r"\ud83d", None),
        (r"ends with \\", None),
        ("ends with \\", 10),
    ],
)
def test_where_it_stops(text: str, fault: int | None) -> None:
    assert field_fault(text) == fault


def test_only_a_field_has_single_quotes_around_it() -> None:
    assert docstring_fault("a 'b'") is None
    assert docstring_fault("a ''' b") is None
    assert docstring_fault("ends with \\") is None
