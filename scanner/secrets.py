"""A keyed hash for values that must not be kept: equal values have equal hashes, and no more is told.

The key is made once for a store and stays in it (0600), so that a change shows from scan to scan but
nobody without the key can try out values.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

from scanner.errors import StoreError

Hide = Callable[[str], str]


PREFIX = "hidden:"


def hidden(value: object) -> bool:
    """Whether a value is such a hash."""
    return isinstance(value, str) and value.startswith(PREFIX)


def hider(folder: Path) -> Hide:
    """The hash of the store in `folder`; its key is made on first use. Raises StoreError."""
    file = folder / "key"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                out.write(secrets.token_bytes(32))
        except FileExistsError:
            pass
        key = file.read_bytes()
    except OSError as error:
        raise StoreError(
            f"{folder}: the store cannot be used: {error.strerror or error}",
            hint="name a folder that can be written with --store",
        ) from error
    if len(key) != 32:
        raise StoreError(f"{file}: the key is damaged", hint="remove the file; hashes start anew")

    return partial(_hide, key)  # which another process can be given


def _hide(key: bytes, value: str) -> str:
    digest = hmac.new(key, value.encode(), hashlib.sha256).hexdigest()
    return f"{PREFIX}{digest[:12]}"
