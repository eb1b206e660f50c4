"""Ciphertexts as they are stored: text that names its key and fits one place."""

from __future__ import annotations

import pytest

from kaven_schema.services.secrets import Context, Key, KeyRing, SecretProblem, SecretUnreadableError

OLD, NEW = Key("old", bytes(64)), Key("new", bytes(range(64)))
RING = KeyRing((NEW, OLD))
HERE = Context("two_factor_secret", "user-1", 3)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def problem_of(ring: KeyRing, text: str, context: Context = HERE) -> SecretProblem:
    with pytest.raises(SecretUnreadableError) as error:
        ring.open(text, context)
    assert SECRET not in f"{error.value!r} {error.value.__context__!r}"
    return error.value.problem


def test_key_id_is_in_the_ciphertext() -> None:
    text = RING.seal(SECRET, HERE)
    assert text.split(".")[:2] == ["k1", "new"]
    assert SECRET not in text
    assert RING.open(text, HERE) == SECRET
    assert RING.is_current(text)


def test_several_keys() -> None:
    before = KeyRing((OLD,)).seal(SECRET, HERE)
    assert RING.open(before, HERE) == SECRET
    assert not RING.is_current(before)
    after = RING.reseal(before, HERE)
    assert RING.is_current(after)
    assert problem_of(KeyRing((OLD,)), after) is SecretProblem.UNKNOWN_KEY
    assert problem_of(KeyRing((NEW,)), before) is SecretProblem.UNKNOWN_KEY


@pytest.mark.parametrize(
    "elsewhere",
    [
        Context("two_factor_secret", "user-2", 3),
        Context("backup_codes", "user-1", 3),
        Context("two_factor_secret", "user-1", 2),
        Context('two_factor_secret","user-1', "", 3),
    ],
)
def test_swapped_and_replayed(elsewhere: Context) -> None:
    """Of another user, of another column, of an earlier time."""
    assert problem_of(RING, RING.seal(SECRET, elsewhere)) is SecretProblem.NOT_AUTHENTIC


def test_another_key_s_name() -> None:
    text = RING.seal(SECRET, HERE)
    assert problem_of(RING, text.replace(".new.", ".old.")) is SecretProblem.NOT_AUTHENTIC
    assert problem_of(RING, text.replace(".new.", ".other.")) is SecretProblem.UNKNOWN_KEY


def test_every_character_counts() -> None:
    """Also those whose last bits stand for nothing: a ciphertext has one way to write it."""
    text = RING.seal(SECRET, HERE)
    for place in range(len(text)):
        for letter in "AQ-.=é":
            changed = f"{text[:place]}{letter}{text[place + 1 :]}"
            assert changed == text or problem_of(RING, changed)


def test_truncated() -> None:
    text = RING.seal(SECRET, HERE)
    for length in range(len(text)):
        assert problem_of(RING, text[:length])
    assert problem_of(RING, f"{text}A")
    assert problem_of(RING, f"{text}.") is SecretProblem.MALFORMED
    assert problem_of(RING, "") is SecretProblem.MALFORMED
    assert problem_of(RING, text.replace("k1.", "k2.")) is SecretProblem.MALFORMED


def test_repr_shows_no_key() -> None:
    assert repr(RING) == "KeyRing(keys=(Key(id='new'), Key(id='old')))"
