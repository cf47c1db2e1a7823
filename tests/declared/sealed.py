"""Encrypted states made for tests, in the form that OpenTofu's `internal/encryption` writes.

See scanner/declared/encrypted.py for where each fact stands in its source.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PASSPHRASE = "correct horse battery staple"
SALT = b"0123456789abcdef0123456789abcdef"
FEW = 1000
"""OpenTofu takes no fewer than 200,000; tests need not wait for them."""


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def meta(told: dict[str, Any]) -> str:
    """What a key provider leaves: JSON, which Go then writes as base64, being bytes."""
    return b64(json.dumps(told).encode())


def pbkdf2(**more: Any) -> dict[str, Any]:
    return {
        "salt": b64(SALT), "iterations": FEW, "hash_function": "sha512", "key_length": 32, **more,
    }  # fmt: skip


def derived(
    phrase: str | bytes = PASSPHRASE, hash_function: str = "sha512", length: int = 32
) -> bytes:
    phrase = phrase if isinstance(phrase, bytes) else phrase.encode()
    return hashlib.pbkdf2_hmac(hash_function, phrase, SALT, FEW, length)


def sealed(
    plain: bytes, key: bytes, metas: dict[str, Any], aad: bytes | None = None, **more: Any
) -> bytes:
    """The envelope: serial and lineage stand outside in clear too."""
    inner = json.loads(plain)
    return json.dumps({
        "serial": inner.get("serial"), "lineage": inner.get("lineage"),
        "meta": {name: meta(told) if isinstance(told, dict) else told for name, told in metas.items()},
        "encrypted_data": b64(encrypted(plain, key, aad)),
        "encryption_version": "v0", **more,
    }).encode()  # fmt: skip


def encrypted(plain: bytes, key: bytes, aad: bytes | None = None) -> bytes:
    """12 bytes of nonce, then the ciphertext with its tag."""
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, plain, aad)


def with_passphrase(plain: bytes, phrase: str = PASSPHRASE, **more: Any) -> bytes:
    return sealed(plain, derived(phrase), {"key_provider.pbkdf2.mine": pbkdf2()}, **more)
