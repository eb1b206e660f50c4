from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kaven_schema.diagnostics import KavenError
from kaven_schema.update.release import open_source
from kaven_schema.update.release.signing import public_key_text, read_private_key, sign
from tests.update.vendor import release, zip_of

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))


def tree(signer: Ed25519PrivateKey | None) -> dict[str, bytes]:
    files = release("1.0.0", "model User {\n  id Int @id\n}\n")
    return files if signer is None else {**files, "release.toml.sig": sign(files["release.toml"], signer)}


def opened(path: Path, files: dict[str, bytes], vendor_key: str) -> str:
    try:
        open_source(str(zip_of(files, path / "release.zip")), path, vendor_key=vendor_key)
    except KavenError as error:
        return error.rule
    return ""


def test_who_pins_no_key_takes_any(tmp_path: Path):
    assert opened(tmp_path, tree(None), "") == ""
    assert opened(tmp_path, tree(OTHER), "") == ""


def test_who_pins_a_key_takes_what_it_signed_alone(tmp_path: Path):
    pinned = public_key_text(KEY)
    assert opened(tmp_path, tree(KEY), pinned) == ""
    assert opened(tmp_path, tree(None), pinned) == "release_unsigned"
    assert opened(tmp_path, tree(OTHER), pinned) == "release_signature_wrong"
    changed = tree(KEY)
    changed["release.toml"] += b"\n# changed\n"
    assert opened(tmp_path, changed, pinned) == "release_signature_wrong"
    assert (
        opened(tmp_path, {**tree(KEY), "release.toml.sig": b"\xff\xff"}, pinned) == "release_signature_wrong"
    )


@pytest.mark.parametrize("key", ["", "short", "AAAA", "é"])
def test_a_key_that_is_none(tmp_path: Path, key: str):
    assert opened(tmp_path, tree(KEY), key or "====") == "vendor_key_invalid"


def test_the_vendors_own_key_is_read_from_pem(tmp_path: Path):
    path = tmp_path / "key.pem"
    path.write_bytes(
        KEY.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    assert public_key_text(read_private_key(path)) == public_key_text(KEY)
    path.write_text("no key")
    with pytest.raises(KavenError) as caught:
        read_private_key(path)
    assert caught.value.rule == "signing_key_invalid"
