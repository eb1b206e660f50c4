"""Guesses of what was renamed."""

from __future__ import annotations

import pytest

from kaven_schema.compare.renames import Renames, guess_renames, name_likeness


def guessed(removed: list[str], added: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Of `shape:name`: what is alike, and what is sure."""
    found: Renames[str] = guess_renames(
        removed,
        added,
        (lambda one: one.partition(":")[0], lambda one: one.partition(":")[0]),
        lambda old, new: name_likeness(old.partition(":")[2], new.partition(":")[2]),
    )
    names = {id(one): one for one in removed}
    alike, sure = ({names[old]: new for old, new in side.items()} for side in (found.alike, found.sure))
    return alike, sure


@pytest.mark.parametrize(
    ("old", "new", "is_sure"),
    [
        ("name", "fullName", True),
        ("company_name", "companyName", True),
        ("expires", "expiresAt", True),
        ("legacy", "nickname", False),
        ("address1", "address2", False),
        ("TIER_1", "TIER_4", False),
    ],
)
def test_names(old: str, new: str, is_sure: bool):
    assert (name_likeness(old, new) >= 0.6) is is_sure


def test_the_only_one_of_its_shape_is_alike():
    assert guessed(["Int:a"], ["Int:zzz", "String:b"]) == ({"Int:a": "Int:zzz"}, {})
    assert guessed(["Int:a", "Int:b"], ["Int:zzz"]) == ({}, {})


def test_the_likeliest_pair_wins_and_each_is_in_one_at_most():
    _, sure = guessed(["x:name", "x:street"], ["x:nameOf", "x:quantity"])
    assert sure == {"x:name": "x:nameOf"}
    _, sure = guessed(["x:owner", "x:ownerId"], ["x:ownerIds"])
    assert sure == {"x:ownerId": "x:ownerIds"}


def test_many_are_not_compared_one_by_one():
    removed, added = [f"s{n}:a" for n in range(3000)], [f"t{n}:ab" for n in range(3000)]
    assert guessed(removed, added) == ({}, {})
