"""Backup codes and what is stored of them."""

from __future__ import annotations

import re

import pytest

from kaven_schema.services.two_factor.backup_codes import digests_of, from_text, new_codes, to_text, without


def test_ten_of_80_bits() -> None:
    codes = new_codes().codes
    assert len(set(codes)) == 10
    for code in codes:
        assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code)
    assert set(codes).isdisjoint(new_codes().codes)


def test_each_once() -> None:
    codes = new_codes()
    digests = digests_of(codes, "user")
    for count, code in enumerate(codes.codes, 1):
        left = without(code, digests, "user")
        assert left is not None
        assert len(left) == 10 - count
        assert without(code, left, "user") is None
        digests = left


def test_as_people_type_them() -> None:
    codes = new_codes()
    digests = digests_of(codes, "user")
    code = codes.codes[0]
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert without(typed, digests, "user") == digests[1:]
    assert without(code.replace("-", ""), digests, "user") == digests[1:]


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA-AAAA", "é" * 16, "\ud83d", "0" * 10_000])
def test_what_is_no_code(code: str) -> None:
    assert without(code, digests_of(new_codes(), "user"), "user") is None


def test_stored_hashed_and_for_one_user() -> None:
    codes = new_codes()
    digests = digests_of(codes, "user")
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)
    assert set(digests).isdisjoint(digests_of(codes, "another"))
    assert without(codes.codes[0], digests, "another") is None
    assert from_text(to_text(digests)) == digests


def test_repr_shows_none() -> None:
    assert repr(new_codes()) == "BackupCodes()"
