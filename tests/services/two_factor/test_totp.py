"""One-time codes: the vectors of RFC 6238, appendix B, and of RFC 4226, appendix D."""

from __future__ import annotations

from base64 import b32decode, b32encode
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from kaven_schema.services.two_factor.totp import Totp, new_secret

_SEED = b"1234567890" * 7
SHA1, SHA256, SHA512 = (b32encode(_SEED[:length]).decode() for length in (20, 32, 64))
RFC_6238 = {
    59: ("94287082", "46119246", "90693936"),
    1111111109: ("07081804", "68084774", "25091201"),
    1111111111: ("14050471", "67062674", "99943326"),
    1234567890: ("89005924", "91819424", "93441116"),
    2000000000: ("69279037", "90698825", "38618901"),
    20000000000: ("65353130", "77737706", "47863826"),
}
RFC_4226 = [
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
]


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


@pytest.mark.parametrize("second", RFC_6238)
def test_rfc_6238(second: int) -> None:
    sha1, sha256, sha512 = RFC_6238[second]
    step = second // 30
    assert Totp(digits=8, drift=0).matching_step(SHA1, sha1, at(second)) == step
    assert Totp(digits=8, drift=0, algorithm="sha256").matching_step(SHA256, sha256, at(second)) == step
    assert Totp(digits=8, drift=0, algorithm="sha512").matching_step(SHA512, sha512, at(second)) == step
    assert Totp(digits=8, drift=0).matching_step(SHA1, sha256, at(second)) is None


def test_rfc_4226() -> None:
    for step, code in enumerate(RFC_4226):
        assert Totp(drift=0).matching_step(SHA1, code, at(step * 30)) == step
        assert Totp(drift=0).matching_step(SHA1, code, at(step * 30 + 29)) == step


def test_drift_of_one_step() -> None:
    matching = {
        second: Totp().matching_step(SHA1, RFC_4226[5], at(second)) for second in (119, 120, 150, 209, 210)
    }
    assert matching == {119: None, 120: 5, 150: 5, 209: 5, 210: None}
    assert Totp().matching_step(SHA1, RFC_4226[0], at(0)) == 0


@pytest.mark.parametrize("code", ["755 224", " 755224\n"])
def test_blanks_do_not_matter(code: str) -> None:
    assert Totp().matching_step(SHA1, code, at(0)) == 0


@pytest.mark.parametrize(
    "code", ["", "75522", "0755224", "٧٥٥٢٢٤", "755224é", "-55224", "7552.4", "\ud83d" * 6]
)
def test_what_is_no_code(code: str) -> None:
    assert Totp().matching_step(SHA1, code, at(0)) is None


def test_secrets_have_160_bits() -> None:
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(b32decode(secret)) for secret in made} == {20}


def test_uri() -> None:
    uri = urlsplit(Totp().uri(SHA1, account="zoë+a@example.com", issuer="Kaven & Co"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert uri.path == "/Kaven%20%26%20Co:zo%C3%AB%2Ba%40example.com"
    assert parse_qs(uri.query) == {"secret": [SHA1], "issuer": ["Kaven & Co"]}
    other = pyotp.parse_uri(
        Totp(digits=8, interval=60, algorithm="sha256").uri(SHA1, account="a", issuer="b")
    )
    assert isinstance(other, pyotp.TOTP)
    assert (other.secret, other.digits, other.interval, other.digest().name) == (SHA1, 8, 60, "sha256")
