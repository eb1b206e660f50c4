"""Manifests and proofs: who can have written them."""

from __future__ import annotations

import json

import pytest

from kaven_schema.diagnostics import KavenError
from kaven_schema.operations.backup.documents import Trust, from_bytes, to_bytes
from tests.operations.backup.world import key_ring

KEYS, OTHERS = key_ring("new", "old"), key_ring("new", "other")
CONTENT = {"kind": "backup", "size": 3, "text": "ü", "list": [1, None, {"a": 1.5}]}


@pytest.mark.parametrize(
    ("written", "read", "trust"),
    [
        (None, None, Trust.PLAIN),
        (None, KEYS, Trust.UNPROTECTED),
        (KEYS, KEYS, Trust.AUTHENTIC),
        (KEYS, None, Trust.UNCHECKED),
    ],
    ids=["no keys at all", "keys came later", "with the key", "without the key"],
)
def test_trust(written, read, trust: Trust) -> None:
    raw = to_bytes(CONTENT, "a/manifest.json", written.current if written else None)
    document = from_bytes(raw, "a/manifest.json", read)
    assert document == (CONTENT, trust)
    assert trust.is_enough is (trust in (Trust.PLAIN, Trust.AUTHENTIC))


def test_an_older_key_counts() -> None:
    raw = to_bytes(CONTENT, "a", KEYS.keys[1])
    assert from_bytes(raw, "a", KEYS).trust is Trust.AUTHENTIC


def test_an_unknown_key_is_not_checked() -> None:
    assert from_bytes(to_bytes(CONTENT, "a", KEYS.keys[1]), "a", OTHERS).trust is Trust.UNCHECKED


@pytest.mark.parametrize("change", [{"size": 4}, {"more": 1}, {"text": "u"}, {"list": [1, None, {"a": 2}]}])
def test_a_change_is_seen(change: dict[str, object]) -> None:
    content = json.loads(to_bytes(CONTENT, "a", KEYS.current)) | change
    with pytest.raises(KavenError) as caught:
        from_bytes(json.dumps(content).encode(), "a", KEYS)
    assert caught.value.rule == "backup_document_forged"


def test_another_place_is_seen() -> None:
    with pytest.raises(KavenError) as caught:
        from_bytes(to_bytes(CONTENT, "a", KEYS.current), "b", KEYS)
    assert caught.value.rule == "backup_document_forged"


def test_a_key_of_the_same_name_is_another() -> None:
    with pytest.raises(KavenError) as caught:
        from_bytes(to_bytes(CONTENT, "a", KEYS.current), "a", OTHERS)
    assert caught.value.rule == "backup_document_forged"


def test_the_order_of_entries_means_nothing() -> None:
    content = json.loads(to_bytes(CONTENT, "a", KEYS.current))
    turned = json.dumps(dict(reversed(content.items()))).encode()
    assert from_bytes(turned, "a", KEYS).trust is Trust.AUTHENTIC


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b"\xff", b'{"authentication": 1}', b"[" * 100_000]
)
def test_what_is_none(raw: bytes) -> None:
    with pytest.raises(KavenError) as caught:
        from_bytes(raw, "a", KEYS)
    assert caught.value.rule == "backup_document_invalid"


def test_no_key_is_in_it() -> None:
    raw = to_bytes(CONTENT, "a", KEYS.current)
    assert KEYS.current.material not in raw
    assert KEYS.current.material.hex().encode() not in raw
