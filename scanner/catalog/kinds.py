"""The closed set of kinds a value can have: how AWS's form and Terraform's form become one.

`canonical(kind, value)` gives the form that is stored and compared. Terraform writes an unset value as
null, "", [], 0 or false, and a refresh may turn one into another, so `same` takes all of them for one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from scanner.catalog.policy import canonical_policy, parse_document

Canonical = Callable[[Any], Any]


def _text(value: Any) -> str | None:
    if type(value) is str:
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return None if value is None or value == "" else str(value)


def _number(value: Any) -> int | float | None:
    if type(value) is int:
        return value
    if value is None or value == "" or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    number = float(value)
    if math.isnan(number) or math.isinf(number):
        raise ValueError(f"{value!r} is not a finite number")
    return int(number) if number.is_integer() else number


def _bool(value: Any) -> bool | None:
    if value is True or value is False:
        return value
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value.strip().lower() in ("true", "enabled", "on", "yes", "1")
    return bool(value)


def _items(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _set(value: Any) -> list[str]:
    return sorted({text for item in _items(value) if (text := _text(item)) is not None})


def _list(value: Any) -> list[str]:
    return [text for item in _items(value) if (text := _text(item)) is not None]


def _map(value: Any) -> dict[str, str]:
    pairs = {str(key): _text(item) for key, item in (value or {}).items()}
    return {key: pairs[key] or "" for key in sorted(pairs)}


def _json(value: Any) -> Any:
    document = parse_document(value)
    return _sorted(document) if document not in (None, "", [], {}) else None


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _time(value: Any) -> str | None:
    if value in (None, ""):
        return None
    if isinstance(value, int | float) or (isinstance(value, str) and value.isdigit()):
        seconds = float(value)
        # some services count milliseconds since the epoch
        seconds = seconds / 1000 if seconds > 1e11 else seconds
        moment = datetime.fromtimestamp(seconds, UTC)
    elif isinstance(value, datetime):
        moment = value
    else:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            return None
    if moment.utcoffset():
        moment = moment.astimezone(UTC)
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _lower(value: Any) -> str | None:
    text = _text(value)
    return text.lower().rstrip(".") or None if text else None


def _last(value: Any) -> str | None:
    """Name, id and ARN of one thing end in the same word: alias/x, arn:...:key/x, x."""
    text = _text(value)
    return text.rsplit("/", 1)[-1].rsplit(":", 1)[-1] or None if text else None


def _last_set(value: Any) -> list[str]:
    return sorted({text for item in _items(value) if (text := _last(item)) is not None})


_PROTOCOLS = {
    "-1": "all",
    "1": "icmp",
    "6": "tcp",
    "17": "udp",
    "58": "icmpv6",
    "ipv6-icmp": "icmpv6",
}


def _protocol(value: Any) -> str | None:
    """An IP protocol by its name, whether it is written as a name or as IANA's number."""
    text = _text(value)
    return _PROTOCOLS.get(text.lower(), text.lower()) if text else None


def _raw(value: Any) -> Any:
    return _sorted(value) if value not in (None, "", [], {}) else None


KINDS: Mapping[str, Canonical] = {
    "str": _text,
    "int": _number,
    "float": _number,
    "bool": _bool,
    "set": _set,
    "list": _list,
    "map": _map,
    "policy": canonical_policy,
    "json": _json,
    "time": _time,
    "lower": _lower,
    "arn_or_name": _last,
    "arns_or_names": _last_set,
    "protocol": _protocol,
    "raw": _raw,
}
"""Scalar kinds by name. `block`, `blocks` and `rules` are built from these in `catalog.shape`."""

PLAIN = frozenset({"str", "int", "float", "bool", "time", "lower", "arn_or_name", "protocol"})
"""Kinds whose canonical form is a scalar and its own canonical form: equal to one is of one form with it."""

SQL_TYPES: Mapping[str, str] = {
    "str": "VARCHAR",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "set": "VARCHAR[]",
    "list": "VARCHAR[]",
    "map": "MAP(VARCHAR, VARCHAR)",
    "time": "TIMESTAMP",
    "lower": "VARCHAR",
    "arn_or_name": "VARCHAR",
    "arns_or_names": "VARCHAR[]",
    "protocol": "VARCHAR",
}
"""The column type of a kind in the views; kinds not named here are JSON."""


def canonical(kind: str, value: Any) -> Any:
    """The one form of `value` for its kind. Raises ValueError if it cannot be of that kind."""
    try:
        return KINDS[kind](value)
    except UNFIT as error:
        raise unfit(kind, value) from error


UNFIT = (TypeError, AttributeError, OverflowError, OSError)
"""What the functions of KINDS raise beside ValueError where a value is of another kind."""


def unfit(kind: str, value: Any) -> ValueError:
    """The refusal of a value that is not of a kind."""
    return ValueError(f"{value!r} is not a {kind}")


def bare(value: Any) -> Any:
    """`value` without its empty parts: what is left when unset, empty, zero and false are one."""
    if isinstance(value, dict):
        kept = {key: inner for key in sorted(value) if (inner := bare(value[key])) is not None}
        return kept or None
    if isinstance(value, list):
        return [inner for item in value if (inner := bare(item)) is not None] or None
    return value or None


def same(one: Any, other: Any) -> bool:
    """Whether two canonical values are the same to Terraform."""
    return bool(bare(one) == bare(other))


_encode = msgspec.json.Encoder(order="sorted").encode


def dumps(value: Any) -> str:
    """Canonical JSON text: sorted keys, no spaces, so that equal values are equal texts."""
    try:
        return _encode(value).decode()
    except (
        TypeError,
        UnicodeEncodeError,
    ):  # keys that are no text, halves of a letter: json takes them
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
