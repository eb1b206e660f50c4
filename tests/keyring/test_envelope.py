"""A256CBC-HS512: the vector of RFC 7518, appendix B.3, and whatever may happen to a ciphertext."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaven_schema.keyring.envelope import (
    Sealed,
    SecretProblem,
    SecretUnreadableError,
    decrypt,
    encrypt,
)

KEY = bytes(range(64))
IV = bytes.fromhex("1af38c2dc2b96ffdd86694092341bc04")
PLAINTEXT = (
    b"A cipher system must not be required to be secret, and it must be able to fall into the hands of the "
    b"enemy without inconvenience"
)
ASSOCIATED = b"The second principle of Auguste Kerckhoffs"
CIPHERTEXT = bytes.fromhex(
    "4affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd822c301dd67c373bccb584ad3e9279c2"
    "e6d12a1374b77f077553df829410446b36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f09b3"
    "a3b75e662a2594410ae496b2e2e6609e31e6e02cc837f053d21f37ff4f51950bbe2638d09dd7a4930930806d0703b1f6"
)
TAG = bytes.fromhex("4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5")
SEALED = Sealed(IV, CIPHERTEXT, TAG)


def test_rfc_7518_b_3() -> None:
    assert encrypt(KEY, PLAINTEXT, ASSOCIATED, iv=IV) == SEALED
    assert decrypt(KEY, SEALED, ASSOCIATED) == PLAINTEXT


def refused(key: bytes, sealed: Sealed, associated: bytes) -> None:
    with pytest.raises(SecretUnreadableError) as error:
        decrypt(key, sealed, associated)
    assert error.value.problem is SecretProblem.NOT_AUTHENTIC
    assert error.value.__context__ is None


@pytest.mark.parametrize("part", range(3))
def test_every_bit_is_authentic(part: int) -> None:
    for bit in range(len(SEALED[part]) * 8):
        raw = bytearray(SEALED[part])
        raw[bit // 8] ^= 1 << bit % 8
        refused(
            KEY, Sealed(*(bytes(raw) if place == part else SEALED[place] for place in range(3))), ASSOCIATED
        )


@pytest.mark.parametrize("part", range(3))
def test_truncated_and_lengthened(part: int) -> None:
    for changed in (b"", SEALED[part][:-1], SEALED[part][:-16], SEALED[part][16:], SEALED[part] + b"\0"):
        parts = [changed if place == part else SEALED[place] for place in range(3)]
        refused(KEY, Sealed(*parts), ASSOCIATED)


def test_boundaries_do_not_move() -> None:
    """The lengths count: bytes of one part are not read as those of its neighbour."""
    refused(KEY, Sealed(ASSOCIATED[-16:], IV + CIPHERTEXT, TAG), ASSOCIATED[:-16])
    refused(KEY, Sealed(IV + CIPHERTEXT[:16], CIPHERTEXT[16:], TAG), ASSOCIATED)
    refused(KEY, Sealed(IV, CIPHERTEXT, TAG), ASSOCIATED + b"\0")


def test_other_keys() -> None:
    refused(bytes(64), SEALED, ASSOCIATED)
    refused(KEY[32:] + KEY[:32], SEALED, ASSOCIATED)


def test_no_two_ciphertexts_are_alike() -> None:
    assert len({encrypt(KEY, PLAINTEXT, ASSOCIATED) for _ in range(100)}) == 100


@given(st.binary(max_size=100), st.binary(max_size=40), st.binary(min_size=64, max_size=64))
def test_round_trip(plaintext: bytes, associated: bytes, key: bytes) -> None:
    sealed = encrypt(key, plaintext, associated)
    assert decrypt(key, sealed, associated) == plaintext
    refused(key, sealed, associated + b"x")
