"""Which password it was."""

from __future__ import annotations

import bcrypt

from kaven_schema.services.stamps import password_stamp


def test_one_for_each_hash() -> None:
    first, second = (bcrypt.hashpw(b"password", bcrypt.gensalt(4)).decode() for _ in range(2))
    assert password_stamp(first) == password_stamp(first)
    assert password_stamp(first) != password_stamp(second), "the same password, set anew"
    assert first[7:] not in password_stamp(first)
    assert len({password_stamp(text) for text in ("", "none", "\ud83d", first)}) == 4
