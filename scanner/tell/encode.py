"""Values as JSON text: the same bytes for the same value, and nothing invisible in them."""

from __future__ import annotations

from typing import Any

import msgspec

from scanner.tell.clean import clean_json


def indented(content: Any) -> str:
    """Two-space indented JSON with a last newline; keys stay in their order."""
    return clean_json(msgspec.json.format(_encoded(content, None), indent=2).decode()) + "\n"


def compact(value: Any) -> str:
    """JSON on one line, keys sorted."""
    return clean_json(_encoded(value, "deterministic").decode())


def _encoded(value: Any, order: Any) -> bytes:
    try:
        return msgspec.json.encode(value, order=order)
    except UnicodeEncodeError:
        return msgspec.json.encode(_encodable(value), order=order)


def _encodable(value: Any) -> Any:
    """`value` without lone surrogates, which file names can bring and UTF-8 cannot hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(item) for item in value]
    return value
