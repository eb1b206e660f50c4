"""AES-256-CBC with HMAC-SHA-512, encrypt-then-MAC: A256CBC-HS512 of RFC 7518, section 5.2."""

from __future__ import annotations

import hmac
import os
from enum import StrEnum
from hashlib import sha512
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

KEY_BYTES = 64
"""The first half authenticates, the second encrypts."""

IV_BYTES = 16
TAG_BYTES = 32


class SecretProblem(StrEnum):
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    NOT_AUTHENTIC = "not_authentic"


_MESSAGES = {
    SecretProblem.MALFORMED: "what is stored is no encrypted secret",
    SecretProblem.UNKNOWN_KEY: "the secret is encrypted under a key that is not among the keys",
    SecretProblem.NOT_AUTHENTIC: "the secret was changed, belongs elsewhere, or is encrypted under another key",
}


class SecretUnreadableError(Exception):
    """A stored secret that cannot be read; nothing of it is in the message."""

    def __init__(self, problem: SecretProblem) -> None:
        super().__init__(_MESSAGES[problem])
        self.problem = problem


class Sealed(NamedTuple):
    """Everything is public but what it stands for."""

    iv: bytes
    ciphertext: bytes
    tag: bytes


def encrypt(key: bytes, plaintext: bytes, associated: bytes, *, iv: bytes | None = None) -> Sealed:
    """`key` has 64 bytes; `iv` is random unless a test vector gives one."""
    iv = iv if iv is not None else os.urandom(IV_BYTES)
    padder = PKCS7(AES256.block_size).padder()
    padded = padder.update(plaintext) + padder.finalize()
    encryptor = Cipher(AES256(key[KEY_BYTES // 2 :]), CBC(iv)).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    return Sealed(iv, ciphertext, _tag(key, iv, ciphertext, associated))


def decrypt(key: bytes, sealed: Sealed, associated: bytes) -> bytes:
    """Raises SecretUnreadableError; nothing is decrypted before it is known to be authentic."""
    expected = _tag(key, sealed.iv, sealed.ciphertext, associated)
    if len(sealed.iv) != IV_BYTES or not hmac.compare_digest(expected, sealed.tag):
        raise SecretUnreadableError(SecretProblem.NOT_AUTHENTIC)
    decryptor = Cipher(AES256(key[KEY_BYTES // 2 :]), CBC(sealed.iv)).decryptor()
    padded = decryptor.update(sealed.ciphertext) + decryptor.finalize()
    unpadder = PKCS7(AES256.block_size).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _tag(key: bytes, iv: bytes, ciphertext: bytes, associated: bytes) -> bytes:
    bits = (len(associated) * 8).to_bytes(8, "big")
    mac = hmac.digest(key[: KEY_BYTES // 2], associated + iv + ciphertext + bits, sha512)
    return mac[:TAG_BYTES]
