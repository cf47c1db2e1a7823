"""IAM policy documents: when two texts grant the same.

Facts used (AWS IAM User Guide, "Grammar of the IAM JSON policy language"): an element may be a value or
a list of values; order in lists and of statements means nothing; action names are case-insensitive; an
account's principal may be written as its id or as the ARN of its root; Sid does not change what a
statement grants; `"*"` and `{"AWS": "*"}` name the same principals.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

_ROOT = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):root")
_SETS = ("Action", "NotAction", "Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")


def parse_document(value: Any) -> Any:
    """The JSON document in `value`: text, URL-encoded text as IAM returns it, or already parsed.

    Raises ValueError where text is not JSON.
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not text:
        return None
    if text.startswith("%7B") or text.startswith("%7b"):
        text = unquote(text)
    return json.loads(text)


def canonical_policy(value: Any) -> Any:
    """A document equal for two policies exactly when they hold the same statements, Sid aside.

    None for an empty policy; ValueError where the value is not a policy.
    """
    document = parse_document(value)
    if document in (None, {}, []):
        return None
    if not isinstance(document, Mapping):
        raise ValueError("a policy document is a JSON object")
    statements = [_statement(item) for item in _many(document.get("Statement"))]
    distinct = {json.dumps(item, sort_keys=True): item for item in statements}
    return {
        # the version decides how variables such as ${aws:username} are read
        "Version": str(document.get("Version", "2008-10-17")),
        "Statement": [distinct[key] for key in sorted(distinct)],
    }


def folded(document: Any) -> Any:
    """A canonical policy with action names in lower case, which is how IAM compares them."""
    if not isinstance(document, Mapping):
        return document
    statements = [
        {
            key: sorted({action.lower() for action in value})
            if key in ("Action", "NotAction")
            else value
            for key, value in statement.items()
        }
        for statement in document["Statement"]
    ]
    distinct = {json.dumps(item, sort_keys=True): item for item in statements}
    return {**document, "Statement": [distinct[key] for key in sorted(distinct)]}


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _texts(value: Any) -> list[str]:
    return sorted({_scalar(item) for item in _many(value)})


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def _statement(statement: Any) -> dict[str, Any]:
    if not isinstance(statement, Mapping):
        raise ValueError("a policy statement is a JSON object")
    # AWS takes no other case; the provider takes any for the same
    result: dict[str, Any] = {"Effect": str(statement.get("Effect")).capitalize()}
    for key, value in statement.items():
        if key in ("Action", "NotAction"):
            result[key] = sorted({action.lower(): action for action in _texts(value)}.values())
        elif key in _SETS:
            result[key] = _texts(value)
        elif key in _PRINCIPALS:
            result[key] = _principals(value)
        elif key == "Condition":
            result[key] = _conditions(value)
        elif key not in ("Sid", "Effect"):
            result[key] = value
    return {key: value for key, value in result.items() if value not in ({}, [])}


def _principals(value: Any) -> dict[str, list[str]]:
    if not isinstance(value, Mapping):
        value = {"AWS": value}
    return {
        kind: sorted({_account(text) for text in texts})
        for kind, names in sorted(value.items())
        if (texts := _texts(names))  # nobody of a kind is as good as not named
    }


def _account(principal: str) -> str:
    root = _ROOT.fullmatch(principal)
    return root[1] if root else principal


def _conditions(value: Any) -> dict[str, dict[str, list[str]]]:
    if not isinstance(value, Mapping):
        raise ValueError("a policy condition is a JSON object")
    return {operator: _tests(tests) for operator, tests in sorted(value.items())}


def _tests(tests: Mapping[str, Any]) -> dict[str, list[str]]:
    """Keys are case-insensitive; two that differ in nothing else must not become one."""
    alike = Counter(key.lower() for key in tests)
    return {
        key.lower() if alike[key.lower()] == 1 else key: _texts(wanted)
        for key, wanted in sorted(tests.items())
    }
