"""Opens what OpenTofu's state encryption closed, with a key from the settings or from AWS KMS.

In: the bytes of an encrypted state and the keys there are. Out: the state's own bytes. The format is that
of OpenTofu's `internal/encryption` (read at f831fa1, August 2026):

- `state.go`, `base.go`: an object with `serial`, `lineage` and `encryption_version` "v0"; `encrypted_data`
  is base64, `meta` maps a key provider's name (or its `encrypted_metadata_alias`) to base64 of JSON.
  The serial and the lineage inside must be those outside.
- `method/aesgcm`: 12 bytes of nonce, then ciphertext and tag; the key has 16, 24 or 32 bytes.
- `keyprovider/pbkdf2/metadata.go`: `salt` (base64), `iterations`, `hash_function` (sha256 or sha512),
  `key_length`. Its passphrase may be the key of another provider (`chain`).
- `keyprovider/aws_kms/provider.go`: `ciphertext_blob` (base64) and `encryption_context`. OpenTofu asks for
  a data key with kms:GenerateDataKey; kms:Decrypt of that blob gives it back, and is all that is called.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from scanner.errors import StateError
from scanner.settings import Secret

FORM = "v0"
KEY_LENGTHS = (16, 24, 32)
HASHES = ("sha256", "sha512")
MOST_ITERATIONS = 10_000_000
NONCE = 12
PLAIN = "or give a decrypted copy: `tofu state pull > plain.tfstate`"

F = TypeVar("F")
Kms = Callable[[str, bytes, Mapping[str, str]], bytes]


@dataclass(frozen=True)
class Keys:
    """What may open a state."""

    passphrase: Secret | None = None
    kms: Kms | None = field(default=None, repr=False)
    """Decrypts a data key: the source it is for, the blob, and the encryption context."""


class _Outer(msgspec.Struct):
    encryption_version: str
    encrypted_data: str
    meta: dict[str, Any] = {}
    serial: int | None = None
    lineage: str | None = ""


class _Inner(msgspec.Struct):
    serial: int | None = None
    lineage: str | None = ""


class _Pbkdf2(msgspec.Struct):
    salt: str
    iterations: int
    hash_function: str
    key_length: int


class _AwsKms(msgspec.Struct):
    ciphertext_blob: str
    encryption_context: dict[str, str] | None = None


def opened(source: str, data: bytes, keys: Keys) -> bytes:
    """The state inside. Raises StateError of the kind `encrypted` where the key is not there or not right."""
    outer = _decoded(data, _Outer)
    if outer is None:
        raise _damaged(source, "its envelope has another form than OpenTofu's")
    if outer.encryption_version != FORM:
        raise StateError(
            f"{source}: encrypted by OpenTofu in the form {outer.encryption_version!r:.20}, "
            f"and only {FORM} is known",
            hint=f"a newer OpenTofu needs a newer watchbill; {PLAIN}",
            kind="unsupported",
        )
    providers = [_provider(source, name, told) for name, told in sorted(outer.meta.items())]
    _able(source, outer, providers, keys)
    sealed = _bytes(outer.encrypted_data)
    if sealed is None or len(sealed) <= NONCE:
        raise _damaged(source, "its encrypted_data is not whole")
    plain = _plain(sealed, _candidates(source, providers, keys))
    if plain is None:
        raise StateError(
            f"{source}: encrypted by OpenTofu, and the key does not fit",
            hint="give the passphrase this state was last written with in WATCHBILL_STATE_PASSPHRASE "
            f"(a method with `aad`, and a state that was altered, look the same); {PLAIN}",
            kind="encrypted",
        )
    inner = _decoded(plain, _Inner)
    if inner is None:
        raise _damaged(source, "what is inside is not a state")
    if None not in (outer.serial, inner.serial) and outer.serial != inner.serial:
        raise _damaged(source, f"it says serial {outer.serial} and holds {inner.serial}")
    if outer.lineage and outer.lineage != inner.lineage:
        raise _damaged(source, "it names another lineage than it holds")
    return plain


def _able(source: str, outer: _Outer, providers: list[Any], keys: Keys) -> None:
    """Refuses what no key at hand can open, before any work or call is done for it."""
    from importlib.util import find_spec

    wants_kms = any(isinstance(one, _AwsKms) for one in providers)
    wants_passphrase = any(isinstance(one, _Pbkdf2) for one in providers)
    what, hint = "", ""
    if not (wants_kms or wants_passphrase):
        names = ", ".join(sorted(outer.meta))[:120] or "none that it names"
        what = f"the key comes from {names}"
        hint = f"watchbill takes a passphrase (pbkdf2) or a key in AWS KMS (aws_kms); {PLAIN}"
    elif not (keys.passphrase or (wants_kms and keys.kms)):
        what = "no key was given"
        hint = f"give the key: set WATCHBILL_STATE_PASSPHRASE in the environment; {PLAIN}"
    elif find_spec("cryptography") is None:
        what = "the package that can decrypt it is not installed"
        hint = f"install it: `pip install 'watchbill[encrypted]'`; {PLAIN}"
    if what:
        raise StateError(f"{source}: encrypted by OpenTofu; {what}", hint=hint, kind="encrypted")


def _provider(source: str, name: str, told: Any) -> _Pbkdf2 | _AwsKms | None:
    """What a key provider left, known by its form: an alias may stand in place of its name."""
    text = _bytes(told) if isinstance(told, str) else None
    fields = None if text is None else _decoded(text, dict[str, Any])
    if fields is None:
        if "pbkdf2" in name or "aws_kms" in name:
            raise _damaged(source, f"what {name:.80} needs to find its key is not whole")
        return None
    return _converted(fields, _Pbkdf2) or _converted(fields, _AwsKms)


def _candidates(source: str, providers: list[Any], keys: Keys) -> Iterator[bytes]:
    """Every key that may be it; which one is, the tag of the ciphertext tells."""
    phrases = [keys.passphrase.reveal().encode()] if keys.passphrase else []
    for one in providers:
        if isinstance(one, _AwsKms) and keys.kms:
            blob = _bytes(one.ciphertext_blob)
            if not blob:
                raise _damaged(source, "its ciphertext_blob is not whole")
            key = keys.kms(source, blob, one.encryption_context or {})
            phrases.append(key)
            yield key
    for one in providers:
        if isinstance(one, _Pbkdf2):
            salt = _bytes(one.salt)
            bounded = 0 < one.iterations <= MOST_ITERATIONS and one.key_length in KEY_LENGTHS
            if not salt or not bounded or one.hash_function not in HASHES:
                raise _damaged(
                    source, "what pbkdf2 needs to find its key is not what OpenTofu writes"
                )
            for phrase in phrases:
                yield hashlib.pbkdf2_hmac(
                    one.hash_function, phrase, salt, one.iterations, one.key_length
                )


def _plain(sealed: bytes, candidates: Iterator[bytes]) -> bytes | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    for key in candidates:
        if len(key) in KEY_LENGTHS:
            try:
                return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], None)
            except InvalidTag:
                continue
    return None


def _damaged(source: str, what: str) -> StateError:
    return StateError(
        f"{source}: encrypted by OpenTofu, and damaged: {what}",
        hint="was it cut or edited? `tofu state pull` gives a whole one",
    )


# A decoder's own exception may carry the text it could not read, so none is let out or chained.


def _decoded(data: bytes, form: Any) -> Any:
    try:
        return msgspec.json.decode(data, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _converted(fields: dict[str, Any], form: type[F]) -> F | None:
    try:
        return msgspec.convert(fields, form)
    except msgspec.ValidationError:
        return None


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
