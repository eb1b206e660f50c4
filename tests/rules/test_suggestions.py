"""Which names count as slips, and that all of them are found without comparing all pairs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaven_schema.rules.suggestions import Suggestions, is_slip, nearest, slip_keys

NAMES = st.text("abAB1", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Usr", "User"),
        ("Userr", "User"),
        ("Usar", "User"),
        ("Uesr", "User"),
        ("user", "User"),
        ("ser", "User"),
        ("usr", "User"),
        ("UserS", "User"),
    ],
)
def test_slips(written: str, meant: str):
    assert is_slip(written, meant)
    assert is_slip(meant, written)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Us", "User"), ("User1", "User2"), ("User2", "User"), ("resU", "User"), ("User", "Uxyr")],
)
def test_no_slips(one: str, other: str):
    assert not is_slip(one, other)
    assert not is_slip(other, one)


@given(NAMES, NAMES)
def test_names_that_are_a_slip_apart_share_a_key(one: str, other: str):
    if is_slip(one, other):
        assert set(slip_keys(one)) & set(slip_keys(other))


@given(NAMES, NAMES)
def test_a_slip_is_one_in_both_directions(one: str, other: str):
    assert is_slip(one, other) == is_slip(other, one)


def test_the_nearest_name():
    assert nearest("string", ["Stringy", "String"]) == "String"
    assert nearest("Usr", ["Tenant", "User"]) == "User"
    assert nearest("Polygon", ["Tenant", "User"]) == ""


def test_suggestions_end_where_it_cannot_be_typing():
    suggestions = Suggestions(["User"], limit=2)
    assert [suggestions.nearest("Usr") for _ in range(3)] == ["User", "User", ""]
