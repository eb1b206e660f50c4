"""What the log shows of values."""

from __future__ import annotations

import json
import secrets
from base64 import b32encode
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import bcrypt
import pytest

from kaven_schema.keyring.keys import new_key
from kaven_schema.services.access_tokens import AccessTokens, Identity
from kaven_schema.services.audit import REDACTED, changes_of, is_secret_field, redacted
from kaven_schema.services.refresh_tokens.tokens import digest_of, new_token
from kaven_schema.services.secrets import Context, Key, KeyRing

RING = KeyRing((Key("a", bytes(range(64))),))


@pytest.mark.parametrize(
    "name",
    [
        *("passwordHash", "password_hash", "PASSWORD", "newPassword", "userpasswordold", "twoFactorSecret"),
        *("backupCodes", "token", "refreshToken", "refresh_token", "TOKEN", "apiKey", "API_KEY", "x-api-key"),
        *("clientSecret", "webhookSecret", "sha256Hash", "salt", "otpCode", "pin", "cardNumber", "cvc"),
        *("privateKey", "Authorization", "set-cookie", "dbCredentials", "JWT", "accessJWT", "databaseUrl"),
    ],
)
def test_secret_by_its_name(name: str) -> None:
    assert is_secret_field(name)
    assert redacted({name: "harmless"}) == {name: REDACTED}
    assert redacted({"deep": [{name: {"more": [1]}}]}) == {"deep": [{name: REDACTED}]}


@pytest.mark.parametrize(
    "name",
    [
        *("id", "email", "name", "status", "twoFactorEnabled", "twoFactorSerial", "emailVerified", "slug"),
        *(
            "shipping",
            "shippingAddress",
            "hashtag",
            "opinion",
            "authorId",
            "keyboard",
            "postcode",
            "spinning",
        ),
        *("description", "stripeCustomerId", "deletedAt", "monkey", "assault", "pinned"),
    ],
)
def test_open_by_its_name(name: str) -> None:
    assert not is_secret_field(name)
    assert redacted({name: "harmless"}) == {name: "harmless"}


def secret_texts() -> list[str]:
    ring_text = RING.seal("hidden", Context("two_factor_secret", "user", 1))
    token = AccessTokens(RING, "issuer", "audience").issue(Identity(user_id="user", session_id="session"))
    return [
        bcrypt.hashpw(b"hidden", bcrypt.gensalt(4)).decode(),
        "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub",
        *(new_token() for _ in range(200)),
        "YDOPVgyitClwQohfLjZJNAygZtEqrSQWWZVcGtGJxvo",  # without a digit
        f"\\x{digest_of('hidden')}",
        digest_of("hidden"),
        digest_of("hidden").upper(),
        ring_text,
        token,
        new_key("name"),
        b32encode(secrets.token_bytes(20)).decode(),
        "otpauth://totp/Kaven:a?secret=ABC",
        "postgresql://kaven:hidden@localhost/kaven",
        "POSTGRESQL://kaven:hidden@localhost/kaven",
        "sk_live_abcdef",
        "whsec_abcdef",
        "-----BEGIN PRIVATE KEY-----\nMIIE",
    ]


def test_secret_by_its_shape() -> None:
    """Wherever it stands: alone, in a sentence, as a key, in a list, in JSON inside of a text."""
    for text in secret_texts():
        for value in (text, f"it was {text}, he said", [text], {text: 1}, {"notes": {"notes": text}}):
            shown = json.dumps(redacted(value))
            assert text not in shown
            assert REDACTED in shown
        assert redacted({"notes": json.dumps({"x": [text]})}) == {"notes": REDACTED}
    assert redacted({"notes": json.dumps({"password": "short"})}) == {"notes": REDACTED}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Acme Corp",
            "INV-2025-001",
            "a@example.com",
            "3f2c7c1e-6e0f-4b39-8f3a-0a3f6f1d2b11",
            "[draft] hello",
        ),
        *(
            "https://example.com/path?x=1",
            "a-very-long-slug-of-lower-case-words-only-that-goes-on-and-on",
            "{}",
        ),
        *('{"theme": "dark"}', "{not json", "$5 and $10", "ACME INTERNATIONAL HOLDINGS", ""),
    ],
)
def test_open_by_its_shape(text: str) -> None:
    assert redacted(text) == text


def test_values_as_json() -> None:
    class Colour(StrEnum):
        RED = "RED"

    given = {
        "when": datetime(2025, 1, 2, 3, 4, tzinfo=UTC),
        "day": date(2025, 1, 2),
        "money": Decimal("10.20"),
        "uuid": UUID(int=1),
        "colour": Colour.RED,
        "endless": float("inf"),
        "bytes": b"hidden",
        "object": object(),
        "tuple": (1, 2.5, None, True),
        "nul": "a\0b\ud83d",
    }
    assert redacted(given) == {
        "when": "2025-01-02T03:04:00+00:00",
        "day": "2025-01-02",
        "money": "10.20",
        "uuid": "00000000-0000-0000-0000-000000000001",
        "colour": "RED",
        "endless": "inf",
        "bytes": "[bytes]",
        "object": "[object]",
        "tuple": [1, 2.5, None, True],
        "nul": "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}",
    }
    json.dumps(redacted(given), allow_nan=False)


def test_without_end() -> None:
    circle: dict[str, object] = {}
    circle["again"] = circle
    assert "[too deep]" in json.dumps(redacted(circle))
    assert redacted("[" * 100_000) == "[" * 100_000


@pytest.mark.parametrize(
    "part",
    ["a.", "eyJ-", "eyJa.", "k1.", "a://", "-", "a-", "$2b$", "$pbkdf2-", "-----BEGIN ", "aA", "whsec", "[{"],
)
def test_texts_that_would_take_forever(part: str) -> None:
    """A user may write them into any field."""
    text = part * 100_000
    assert redacted(text) in (text, REDACTED)


def test_further_fields() -> None:
    assert redacted({"iban": "DE00", "name": "x"}, {"iban"}) == {"iban": REDACTED, "name": "x"}


def test_changes_are_what_differs() -> None:
    before = {"name": "old", "email": "same", "passwordHash": "a", "company": None}
    after = {"name": "new", "email": "same", "passwordHash": "b", "company": "Acme"}
    assert changes_of(before, after) == {
        "before": {"name": "old", "passwordHash": REDACTED, "company": None},
        "after": {"name": "new", "passwordHash": REDACTED, "company": "Acme"},
    }
    assert changes_of(before, before) == {"before": {}, "after": {}}


def test_creation_and_removal() -> None:
    row = {"email": "a@example.com", "company": None, "tenant": None}
    assert changes_of(None, row) == {"before": None, "after": {"email": "a@example.com"}}
    assert changes_of(row, None) == {"before": {"email": "a@example.com"}, "after": None}
    assert changes_of(None, None) == {"before": None, "after": None}
