"""Ed25519 signatures over release.toml, which holds the hash of everything else."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING

from kaven_schema.diagnostics import ExitCode, KavenError
from kaven_schema.files import shown_path

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def check_signature(manifest: bytes, signature: bytes | None, vendor_key: str, shown: str) -> None:
    """`vendor_key` is the pinned public key: 32 bytes in base64.

    Raises KavenError `release_unsigned`, `release_signature_wrong` (exit 1), `vendor_key_invalid` (2),
    `cryptography_missing` (3).
    """
    key = _public_key(vendor_key)
    if signature is None:
        raise KavenError(
            "release_unsigned",
            f"{shown} is not signed, and this project pins its vendor's key",
            help="get the signed release from its vendor; or take `vendor_key` out of the settings",
            exit_code=ExitCode.PROBLEMS,
        )
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(base64.b64decode(signature.strip(), validate=True), manifest)
    except (InvalidSignature, binascii.Error, ValueError):
        raise KavenError(
            "release_signature_wrong",
            f"{shown} was not signed with the key that this project pins",
            help="do not use it: ask the vendor which key signs, and compare it with `vendor_key`",
            exit_code=ExitCode.PROBLEMS,
        ) from None


def sign(manifest: bytes, key: Ed25519PrivateKey) -> bytes:
    return base64.b64encode(key.sign(manifest)) + b"\n"


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """An unencrypted key in PEM. Raises KavenError `signing_key_invalid` (exit 2), `cryptography_missing` (3)."""
    _need_cryptography()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_signing_key(path, str(error)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_signing_key(path, "it is of another kind")
    return key


def public_key_text(key: Ed25519PrivateKey) -> str:
    """What a project pins as `vendor_key`."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def _no_signing_key(path: Path, why: str) -> KavenError:
    return KavenError(
        "signing_key_invalid",
        f"{shown_path(path)} holds no Ed25519 key: {why}",
        help=f"make one: openssl genpkey -algorithm ed25519 -out {shown_path(path)}",
        exit_code=ExitCode.WRONG_USE,
    )


def _public_key(vendor_key: str) -> Ed25519PublicKey:
    _need_cryptography()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(vendor_key, validate=True))
    except (binascii.Error, ValueError):
        raise KavenError(
            "vendor_key_invalid",
            "`vendor_key` is no Ed25519 public key: 32 bytes in base64",
            help="set it to what the vendor publishes, and what `kaven release build --key` prints",
            exit_code=ExitCode.WRONG_USE,
        ) from None


def _need_cryptography() -> None:
    try:
        import cryptography  # noqa: F401 - only whether it is there
    except ImportError:
        raise KavenError(
            "cryptography_missing",
            "signatures need the package cryptography, which is not installed",
            help="pip install cryptography",
        ) from None
