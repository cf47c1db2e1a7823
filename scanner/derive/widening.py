"""Whether one policy document allows more than another: in what it allows, and in what it denies.

In: two canonical policies (catalog.policy). Out: `wider`, `narrower`, or `` where that cannot be said: a
statement by exclusion (NotAction and its like) changed, or a change that is neither. Wider wins over
narrower: a policy that gained one grant and lost another allows something that was not declared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import product
from typing import Any, Literal, NamedTuple

MOST = 5_000
"""Grants of one policy that are compared; of more it is not said which way it went."""
Way = Literal["wider", "narrower", ""]


class Grant(NamedTuple):
    """One principal, action and resource of a statement, and the conditions on it."""

    principal: str
    action: str
    resource: str
    conditions: frozenset[str]


def way(declared: Any, actual: Any) -> Way:
    """Which way `actual` differs from `declared`."""
    before, now = _statements(declared), _statements(actual)
    if before is None or now is None:
        return ""
    changed = [s for s in before if s not in now] + [s for s in now if s not in before]
    if any(key.startswith("Not") for statement in changed for key in statement):
        return ""
    try:
        allowed = [list(_grants(each, "Allow")) for each in (before, now)]
        denied = [list(_grants(each, "Deny")) for each in (before, now)]
        if _beyond(allowed[1], allowed[0]) or _beyond(denied[0], denied[1]):
            return "wider"
        if _beyond(allowed[0], allowed[1]) or _beyond(denied[1], denied[0]):
            return "narrower"
    except (ValueError, TypeError, AttributeError):
        pass  # too large, or not as a policy is written
    return ""


def _statements(policy: Any) -> list[Mapping[str, Any]] | None:
    if policy is None:
        return []
    if not isinstance(policy, Mapping) or not isinstance(policy.get("Statement"), list):
        return None
    found = policy["Statement"]
    return found if all(isinstance(statement, Mapping) for statement in found) else None


def _grants(statements: Iterable[Mapping[str, Any]], effect: str) -> Iterable[Grant]:
    count = 0
    for statement in statements:
        if statement.get("Effect") != effect:
            continue
        conditions = frozenset(
            json.dumps([operator, key, wanted], sort_keys=True)
            for operator, tests in statement.get("Condition", {}).items()
            for key, wanted in tests.items()
        )
        principals = [
            name if kind == "AWS" else f"{kind}:{name}"
            for kind, names in statement.get("Principal", {"": [""]}).items()
            for name in names
        ]
        actions = [action.lower() for action in statement.get("Action", ())]
        resources = statement.get("Resource", ["*"])
        for principal, action, resource in product(principals, actions, resources):
            count += 1
            if count > MOST:
                raise ValueError("too many grants")
            yield Grant(principal, action, resource, conditions)


def _beyond(some: list[Grant], others: list[Grant]) -> bool:
    """Whether one of the grants is covered by no single one of the others."""
    known = set(others)
    left = [grant for grant in some if grant not in known]
    if len(left) * len(others) > MOST * 100:
        raise ValueError("too many grants")
    return any(not any(_covers(other, grant) for other in others) for grant in left)


def _covers(wide: Grant, narrow: Grant) -> bool:
    return (
        _of_principal(wide.principal, narrow.principal)
        and _pattern(wide.action).fullmatch(narrow.action) is not None
        and _pattern(wide.resource).fullmatch(narrow.resource) is not None
        and wide.conditions <= narrow.conditions
    )


def _of_principal(wide: str, narrow: str) -> bool:
    # an account stands for everybody in it; a wildcard within a name means nothing
    return wide in ("*", narrow) or (wide.isdigit() and f"::{wide}:" in narrow)


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    """A pattern of IAM's; a `?` of it does not cover a `*` of the other."""
    parts = (".*" if c == "*" else "[^*]" if c == "?" else re.escape(c) for c in text)
    return re.compile("".join(parts), re.DOTALL)
