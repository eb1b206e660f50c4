"""Bytes as base64url without padding, each in exactly one way."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode


def to_text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def from_text(text: str) -> bytes | None:
    """None for what `to_text` does not write: other letters, padding, bits that stand for nothing."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return raw if to_text(raw) == text else None
