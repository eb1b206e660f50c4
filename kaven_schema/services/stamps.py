"""Which password somebody logged in with, without the password or its hash."""

from __future__ import annotations

from hashlib import sha256


def password_stamp(password_hash: str) -> str:
    """Another one after each change. Tokens may hold it: without the hash's salt it is no help in guessing."""
    return sha256(password_hash.encode(errors="surrogatepass")).hexdigest()
