"""E-mail addresses in one form."""

from __future__ import annotations

import pytest

from kaven_schema.services.users import UserRefusedError, normal_email


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("a@example.com", "a@example.com"),
        ("  Ana.Maria+x@Example.COM\n", "ana.maria+x@example.com"),
        ("é@example.com", "é@example.com"),
        (f"{'a' * 64}@b.co", f"{'a' * 64}@b.co"),
    ],
)
def test_addresses(given: str, normal: str) -> None:
    assert normal_email(given) == normal


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "@",
            "a",
            "a@",
            "@b.co",
            "a@b",
            "a@b@c.de",
            "a b@c.de",
            "a@b .de",
            "a@b.de\nBcc: x@y.zz",
            "a@b..de",
        ),
        *(
            "a@.de",
            "<a@b.de>",
            "a@b.de,c@d.ee",
            "a\0@b.de",
            f"{'a' * 65}@b.co",
            f"a@{'b' * 250}.co",
            "a@[1.2.3.4]",
        ),
        *("a@b.de\u202e", "a\u200b@b.de", "a@bü.de", "\ud83d@b.de", "x" * 100_000),
    ],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(UserRefusedError):
        normal_email(text)
